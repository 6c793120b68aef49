package azuretest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// object is a JSON object, read or to be written. Keys are written in alphabetical order, which is Azure's own.
type object = map[string]any

// maxBody is the largest request body read, in bytes; more is answered 413. Azure's own limits depend on the model and are smaller.
const maxBody = 32 << 20

// exchange is one request on the Azure side while it is served.
type exchange struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	rec   *Request
	route route
	body  object // nil when the body is no JSON object
	model string // what the deployment serves
}

// serve is the http.Handler of both forms.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.serveEntra(w, r) {
		return
	}
	x, ref := s.accept(w, r)
	if ref != nil {
		x.refuse(ref, "")
		return
	}
	reply, ref := x.decide()
	if ref != nil {
		x.refuse(ref, "")
		return
	}
	x.answer(reply) //nolint:contextcheck // the context is the request's, which x carries
}

// accept records the request.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) (*exchange, *refusal) {
	rt := parseRoute(r.URL.EscapedPath(), s.opts.Prefix)
	rec := &Request{
		Time: time.Now(), Method: r.Method, Host: r.Host, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
		APIVersion: r.URL.Query().Get("api-version"), Header: r.Header.Clone(),
		Surface: rt.surface, Operation: rt.operation, Deployment: rt.deployment, Project: rt.project,
	}
	x := &exchange{s: s, w: w, r: r, rec: rec, route: rt}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	rec.Body = body
	if len(body) <= maxBody {
		x.body = parseObject(body)
	}
	if model, ok := x.body["model"].(string); ok && rec.Deployment == "" {
		rec.Deployment = model
	}
	s.readCredential(rec)
	s.mu.Lock()
	s.stats.Calls++
	s.requests = newest(append(s.requests, rec), s.opts.KeepLast)
	s.mu.Unlock()
	switch {
	case len(body) > maxBody:
		return x, gatewayError(http.StatusRequestEntityTooLarge, "413", "Request body too large.", "the body is too large")
	case err != nil:
		return x, badRequest("BadRequest", "The request body could not be read.", "reading the body: "+err.Error())
	}
	return x, nil
}

// parseObject reads a JSON object in UTF-8 with nothing behind it, or gives nil.
func parseObject(body []byte) object {
	var o object
	if !utf8.Valid(body) || json.Unmarshal(body, &o) != nil {
		return nil
	}
	return o
}

// decide runs Azure's checks in Azure's order and takes the scripted reply whose turn it is.
func (x *exchange) decide() (Reply, *refusal) {
	if ref := x.judgeRoute(); ref != nil {
		return Reply{}, ref
	}
	if reply, ok := x.s.take(x.rec.Deployment, stageCredential); ok {
		return reply, nil
	}
	if ref := x.judgeCredential(); ref != nil {
		return Reply{}, ref
	}
	if reply, ok := x.s.take(x.rec.Deployment, stageFault); ok {
		return reply, nil
	}
	if ref := x.judgeBody(); ref != nil {
		return Reply{}, ref
	}
	if reply, ok := x.s.take(x.rec.Deployment, stageReply); ok {
		return reply, nil
	}
	if x.s.opts.Respond != nil {
		return x.s.opts.Respond(*x.rec), nil
	}
	return Reply{}, nil
}

// judgeBody checks deployment and body of the operations the stand-in knows.
func (x *exchange) judgeBody() *refusal {
	switch x.route.operation {
	case OpChat, OpEmbeddings, OpResponses:
		if ref := x.judgeObject(); ref != nil {
			return ref
		}
	case OpModels:
		return nil
	}
	if x.route.inPath || x.needsModel() {
		if ref := x.judgeDeployment(); ref != nil {
			return ref
		}
	}
	switch x.route.operation {
	case OpChat:
		return x.judgeChat()
	case OpEmbeddings:
		return x.judgeEmbeddings()
	case OpResponses:
		return x.judgeResponses()
	}
	return nil
}

func (x *exchange) judgeObject() *refusal {
	if x.body == nil {
		return modelError("", "", "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "+
			"correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)")
	}
	if x.needsModel() {
		switch x.body["model"].(type) {
		case string:
		case nil:
			return modelError("missing_required_parameter", "model", "Missing required parameter: 'model'.")
		default:
			return wrongType("model", "a string", x.body["model"])
		}
	}
	return nil
}

// needsModel reports whether the body's model names the deployment.
func (x *exchange) needsModel() bool {
	known := x.route.operation == OpChat || x.route.operation == OpEmbeddings || x.route.operation == OpResponses
	return known && !x.route.inPath
}

func (x *exchange) judgeDeployment() *refusal {
	model, ok := x.s.opts.Deployments[x.rec.Deployment]
	if !ok {
		return deploymentNotFound(fmt.Sprintf("no deployment %q", x.rec.Deployment))
	}
	x.model = model
	return nil
}

// version is the dated version of a classic request, "" on v1.
func (x *exchange) version() string {
	if x.route.surface == SurfaceV1 {
		return ""
	}
	return x.rec.APIVersion
}

// head sets the headers Azure's answers carry and completes the record. Nothing may be changed in it afterwards.
func (x *exchange) head(status int, contentType string, extra http.Header, fault, problem string) {
	id := fictionalID("request", strconv.Itoa(x.s.nextID()))
	client := x.r.Header.Get("X-Ms-Client-Request-Id")
	setDefault(&client, "Not-Set")
	h := x.w.Header()
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	h.Set("Apim-Request-Id", id)
	h.Set("X-Request-Id", fictionalID("x", id))
	h.Set("X-Ms-Client-Request-Id", client)
	h.Set("X-Ms-Region", x.s.opts.Region)
	if x.rec.Deployment != "" && x.model != "" {
		h.Set("X-Ms-Deployment-Name", x.rec.Deployment)
		h.Set("X-Ratelimit-Limit-Requests", "1000")
		h.Set("X-Ratelimit-Remaining-Requests", "999")
		h.Set("X-Ratelimit-Limit-Tokens", "100000")
		h.Set("X-Ratelimit-Remaining-Tokens", "99000")
	}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	setHeader(h, extra)
	x.s.mu.Lock()
	x.rec.Status, x.rec.Fault, x.rec.Problem, x.rec.RequestID = status, fault, problem, id
	x.s.mu.Unlock()
}

// refuse answers with a refusal's body, if it has one.
func (x *exchange) refuse(ref *refusal, fault string) {
	if ref.body == nil {
		x.head(ref.status, "", ref.header, fault, ref.problem)
		x.w.Header().Set("Content-Length", "0")
		x.w.WriteHeader(ref.status)
		return
	}
	x.head(ref.status, "application/json", ref.header, fault, ref.problem)
	writeJSON(x.w, ref.status, ref.body)
}

// send answers a whole JSON body, or the part of it that a scripted end leaves.
func (x *exchange) send(v any, reply Reply) {
	body, err := encode(v)
	if err != nil {
		x.refuse(&refusal{status: http.StatusInternalServerError, body: serverErrorBody(), problem: "the reply is no JSON: " + err.Error()}, "")
		return
	}
	if reply.end == endError {
		ref := serverError()
		ref.header = reply.header
		x.refuse(ref, reply.name)
		return
	}
	x.head(http.StatusOK, "application/json", reply.header, reply.name, "")
	if reply.end == endWhole {
		x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		x.w.WriteHeader(http.StatusOK)
		_, _ = x.w.Write(body) //nolint:gosec // JSON for a test client; one that left misses nothing
		return
	}
	if reply.end == endCut {
		x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	x.w.WriteHeader(http.StatusOK)
	_, _ = x.w.Write(body[:len(body)/2]) //nolint:gosec // JSON for a test client
	flush(x.w)
	if reply.end == endCut {
		panic(http.ErrAbortHandler)
	}
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// writeJSON answers a body made of strings and numbers, which always encodes.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := encode(v)
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON for a test client; one that left misses nothing
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
