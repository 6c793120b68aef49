package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// listVersion is a version of the data plane that has GET deployments. Later ones dropped it; hosts may still answer.
const listVersion = "2022-12-01"

// maxList bounds what is read of a list; a resource has some hundred models.
const maxList = 4 << 20

// shownModels is how many models fit a line.
const shownModels = 8

// checkList asks which deployments there are. No host must answer: to list deployments is the management plane's business,
// and GET models lists models, among which a deployment's own name may or may not be.
func (x *examination) checkList(ctx context.Context) result {
	cfg := x.otherSurface()
	cfg.APIVersion = listVersion
	names, refusal := x.list(ctx, cfg, "deployments")
	if refusal == "" {
		return x.amongDeployments(names)
	}
	cfg = x.otherSurface()
	cfg.APIVersion = string(azureadv1.V1)
	if x.explained.APIVersion != "" {
		cfg.APIVersion = x.explained.APIVersion
	}
	models, refusal := x.list(ctx, cfg, "models")
	if refusal != "" {
		return skip("the service does not give a list (" + refusal + "): whether a deployment is there shows in a call")
	}
	facts := map[string]any{"models": models}
	if slices.Contains(models, x.explained.Deployment) {
		return pass(fmt.Sprintf("%s is among the %d that the service lists", oneLine(x.explained.Deployment), len(models))).with(facts)
	}
	few := models
	if len(few) > shownModels {
		few = append(slices.Clip(few[:shownModels]), "...")
	}
	return skip(fmt.Sprintf("the service lists %d models (%s) and not its deployments: whether one is there shows in a call",
		len(models), strings.Join(few, ", "))).with(facts)
}

func (x *examination) amongDeployments(names []string) result {
	facts := map[string]any{"deployments": names}
	shown := "the resource has " + orNone(strings.Join(names, ", "))
	for _, wanted := range []string{x.explained.Deployment, x.embedding} {
		if wanted != "" && !slices.Contains(names, wanted) {
			return warn(shown+", and not "+oneLine(wanted), "Give one of these names, or make the deployment.").with(facts)
		}
	}
	return pass(shown).with(facts)
}

// list reads the names of a list, or says in a few words why there is none.
func (x *examination) list(ctx context.Context, cfg azureadv1.Config, what string) (names []string, refusal string) {
	client, err := x.clients.Get(cfg)
	if err != nil {
		return nil, "it cannot be asked"
	}
	res, err := get(ctx, client, what)
	if err != nil {
		if e := azureadv1.AsError(err); e != nil {
			return nil, oneLine(e.Code)
		}
		return nil, "no answer"
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Sprint(res.StatusCode)
	}
	var body struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxList)).Decode(&body); err != nil || body.Data == nil {
		return nil, "an answer that is no list"
	}
	for _, one := range body.Data {
		names = append(names, oneLine(one.ID))
	}
	slices.Sort(names)
	return names, ""
}
