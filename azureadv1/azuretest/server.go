package azuretest

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// Server is one Azure OpenAI resource together with the Entra tenant it trusts. Make it with [Start] or [New]; it is safe for use by many
// goroutines at once, its methods may be called while requests run.
type Server struct {
	opts       Options
	signingKey []byte
	endpoint   string
	authority  string
	client     *http.Client
	shutdown   func() error
	credential func() azcore.TokenCredential
	inMemory   bool

	mu        sync.Mutex
	requests  []*Request
	tokenLog  []TokenRequest
	stats     Stats
	queue     []Reply
	dedicated map[string][]Reply
	issued    int64          // serial number of the newest token
	revoked   map[int64]bool // single tokens
	revokedTo int64          // every token up to this serial number
	entra     entraTrouble
	answers   map[string][]string // stored Responses answers: id -> the call ids an output may refer to
	items     map[string]itemNote // what is known of output items, by their ids
	lastID    int
}

// Stats counts what a [Server] was asked since it was made or last [Server.Reset].
type Stats struct {
	// Calls are the requests on the Azure side, refused ones included.
	Calls int
	// RefusedTokens are the Azure-side requests whose bearer token was refused for what it is: expired, revoked, malformed, wrong audience or
	// tenant. Scripted faults and a missing role are not counted.
	RefusedTokens int
	// TokenRequests are the POSTs to the Entra token endpoint, failed ones included.
	TokenRequests int
	// IMDSRequests are the requests to the two managed identity endpoints, failed ones included.
	IMDSRequests int
	// DiscoveryRequests are the requests for OpenID metadata, signing keys, instance discovery and user realms.
	DiscoveryRequests int
	// Connections are the TCP connections accepted; always 0 in memory.
	Connections int
	// Strays are the requests to hosts the in-memory form does not play: they fail as an unknown host does. Always 0 with Start.
	Strays int
}

func newServer(opts Options) *Server {
	s := &Server{
		opts:       opts.withDefaults(),
		signingKey: make([]byte, 32),
		dedicated:  make(map[string][]Reply),
		revoked:    make(map[int64]bool),
		answers:    make(map[string][]string),
		items:      make(map[string]itemNote),
	}
	_, _ = rand.Read(s.signingKey) // never fails: it crashes the program instead
	s.credential = sync.OnceValue(s.newCredential)
	return s
}

// Endpoint is the origin of the Azure side, such as https://127.0.0.1:41234 or https://azuretest.openai.azure.com, without the
// gateway's Prefix, a path or a final slash.
func (s *Server) Endpoint() string { return s.endpoint }

// String names the server by its address and holds no secret.
func (s *Server) String() string { return "azuretest.Server(" + s.endpoint + ")" }

// HTTPClient is a client that reaches this server and trusts its certificate. Every call returns the same one; copy it before changing it.
// It follows redirects and has no timeout, as http.DefaultClient.
func (s *Server) HTTPClient() *http.Client { return s.client }

// Close ends the server and whatever it still serves, and waits until that has stopped. Later requests fail as a refused connection does.
// Closing twice is fine. With Start the error is the listener's, if any; in memory it is nil.
func (s *Server) Close() error { return s.shutdown() }

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Requests returns what the Azure side was asked, in order of arrival. Records of requests still running have Status 0 until the answer's
// header is written.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.requests))
	for i, r := range s.requests {
		out[i] = *r
	}
	return out
}

// TokenRequests returns what the Entra side and the managed identity endpoints were asked, discovery excepted, in order of arrival.
func (s *Server) TokenRequests() []TokenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]TokenRequest(nil), s.tokenLog...)
}

// Reset forgets what was asked and counted, and drops replies still enqueued. Tokens, revocations and Entra trouble stay.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.tokenLog, s.stats = nil, nil, Stats{}
	s.queue, s.dedicated = nil, make(map[string][]Reply)
}

// Enqueue adds replies for the next requests, whichever deployment they name: each accepted request takes one, in order. A request that the
// stand-in refuses on its own account (credential, version, deployment, bad body) takes none, except that a scripted authentication fault
// stands in front of the credential check, and any other scripted fault in front of the body's checks.
func (s *Server) Enqueue(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, replies...)
}

// EnqueueFor adds replies for the next requests that name this deployment; they come before those of Enqueue.
func (s *Server) EnqueueFor(deployment string, replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dedicated[deployment] = append(s.dedicated[deployment], replies...)
}

// Pending is the number of enqueued replies that no request has taken yet.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.queue)
	for _, q := range s.dedicated {
		n += len(q)
	}
	return n
}

// take removes the next reply for the deployment if its turn has come at this stage of the checks.
func (s *Server) take(deployment string, at stage) (Reply, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.dedicated[deployment]; len(q) > 0 {
		if q[0].stage < at {
			return Reply{}, false
		}
		s.dedicated[deployment] = q[1:]
		return q[0], true
	}
	if len(s.queue) == 0 || s.queue[0].stage < at {
		return Reply{}, false
	}
	r := s.queue[0]
	s.queue = s.queue[1:]
	return r, true
}

// nextID numbers what answers need a name for: ids are unique per server, and the same in every run of a sequential test.
func (s *Server) nextID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	return s.lastID
}

func (s *Server) count(add func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.stats)
}

// newest keeps the last n elements; n <= 0 keeps all.
func newest[T any](list []T, n int) []T {
	if n > 0 && len(list) > n {
		return append([]T(nil), list[len(list)-n:]...)
	}
	return list
}

// pause waits for d of the runtime's time, or until the request is over.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
