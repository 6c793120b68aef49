package azureadv1

import (
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/conversations"
	"github.com/openai/openai-go/v3/live"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/realtime"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/webhooks"
)

// services fills openai-go's client from its services' public constructors. openai.NewClient would add OPENAI_* from
// the environment. A reflection test fails when a new openai-go version has a service that is missing here.
func services(opts []option.RequestOption) openai.Client {
	return openai.Client{
		Options:                 opts,
		Decisions:               openai.NewDecisionService(opts...),
		Completions:             openai.NewCompletionService(opts...),
		Chat:                    openai.NewChatService(opts...),
		Embeddings:              openai.NewEmbeddingService(opts...),
		Files:                   openai.NewFileService(opts...),
		Images:                  openai.NewImageService(opts...),
		ContentProvenanceChecks: openai.NewContentProvenanceCheckService(opts...),
		Audio:                   openai.NewAudioService(opts...),
		Moderations:             openai.NewModerationService(opts...),
		Models:                  openai.NewModelService(opts...),
		FineTuning:              openai.NewFineTuningService(opts...),
		Graders:                 openai.NewGraderService(opts...),
		VectorStores:            openai.NewVectorStoreService(opts...),
		Safety:                  openai.NewSafetyService(opts...),
		Webhooks:                webhooks.NewWebhookService(opts...),
		Beta:                    openai.NewBetaService(opts...),
		Batches:                 openai.NewBatchService(opts...),
		Uploads:                 openai.NewUploadService(opts...),
		Admin:                   openai.NewAdminService(opts...),
		Responses:               responses.NewResponseService(opts...),
		Live:                    live.NewLiveService(opts...),
		Realtime:                realtime.NewRealtimeService(opts...),
		Conversations:           conversations.NewConversationService(opts...),
		Containers:              openai.NewContainerService(opts...),
		Skills:                  openai.NewSkillService(opts...),
		Videos:                  openai.NewVideoService(opts...), //nolint:staticcheck // SA1019: deprecated upstream, but a field of Client all the same
	}
}
