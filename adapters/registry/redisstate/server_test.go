package redisstate_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry/redisstate"
)

const missing = "redis-server is not on PATH: install it (Debian and Ubuntu: apt-get install redis-server)"

// everyone is the server that most tests share, each under a key of its own. The first test to ask starts it.
var everyone struct {
	once   sync.Once
	server *server
	err    error
}

func TestMain(m *testing.M) {
	if os.Getenv("REDIS_REQUIRED") == "1" {
		if _, err := exec.LookPath("redis-server"); err != nil {
			fmt.Fprintln(os.Stderr, "REDIS_REQUIRED=1, but "+missing)
			os.Exit(1)
		}
	}
	code := m.Run()
	if everyone.server != nil {
		everyone.server.kill()
		_ = os.RemoveAll(filepath.Dir(everyone.server.socket))
	}
	// go-redis keeps a clock of its own running for as long as the process.
	if err := goleak.Find(goleak.IgnoreTopFunction("github.com/redis/go-redis/v9/internal/pool.startTimeCache.func1"),
		goleak.IgnoreTopFunction("github.com/redis/go-redis/v9/internal/pool.init.0.func1")); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// server is a redis-server process on a Unix socket.
type server struct {
	socket string
	args   []string
	cmd    *exec.Cmd
	alive  io.WriteCloser
}

// start runs redis-server under a shell that kills it as soon as its input ends: also when the test binary is killed.
func (s *server) start() error {
	const script = `redis-server "$@" & read -r _; kill -9 $!; wait`
	args := append([]string{
		"-c", script, "sh", "--port", "0", "--unixsocket", s.socket, "--save", "", "--appendonly", "no",
		"--dir", filepath.Dir(s.socket), "--loglevel", "warning",
	}, s.args...)
	s.cmd = exec.CommandContext(context.Background(), "sh", args...) //nolint:gosec // the arguments are the tests' own
	var err error
	if s.alive, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket})
	defer func() { _ = client.Close() }()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if err = client.Ping(context.Background()).Err(); err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			s.kill()
			return fmt.Errorf("redis-server does not answer: %w", err)
		}
	}
}

func (s *server) kill() {
	_ = s.alive.Close()
	_ = s.cmd.Wait()
}

func (s *server) options() *redis.Options {
	// Without retries of its own the client tells of an outage in milliseconds instead of seconds.
	return &redis.Options{Network: "unix", Addr: s.socket, ContextTimeoutEnabled: true, MaxRetries: -1, DialerRetries: 1}
}

func (s *server) client(tb testing.TB) *redis.Client {
	tb.Helper()
	return closing(tb, redis.NewClient(s.options()))
}

func closing[C io.Closer](tb testing.TB, c C) C {
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

func newServer(args ...string) (*server, error) {
	// A socket's path has about 100 bytes, which a test's own directory can exceed.
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		return nil, err
	}
	s := &server{socket: filepath.Join(dir, "s"), args: args}
	return s, s.start()
}

func needRedis(tb testing.TB) {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		tb.Skip(missing)
	}
}

// ownServer starts a server for one test, which may kill it.
func ownServer(tb testing.TB, args ...string) *server {
	tb.Helper()
	needRedis(tb)
	s, err := newServer(args...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.kill()
		_ = os.RemoveAll(filepath.Dir(s.socket))
	})
	return s
}

func sharedServer(tb testing.TB) *server {
	tb.Helper()
	needRedis(tb)
	everyone.once.Do(func() { everyone.server, everyone.err = newServer() })
	if everyone.err != nil {
		tb.Fatal(everyone.err)
	}
	return everyone.server
}

// state makes a State over the client that reads every 20 ms, under the test's own key.
func state(tb testing.TB, client redis.UniversalClient, logger *slog.Logger) *redisstate.State {
	tb.Helper()
	s, err := redisstate.New(client, redisstate.Options{Key: tb.Name(), Refresh: 20 * time.Millisecond, Timeout: 5 * time.Second, Logger: logger})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// eventually waits until the condition holds.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("never came true: %s", what)
		}
	}
}

// exchanges counts the transactions of a client.
type exchanges struct{ count atomic.Int64 }

func (e *exchanges) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (e *exchanges) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (e *exchanges) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		e.count.Add(1)
		return err
	}
}

// pass waits until each of at most two States that use the client has read the set again.
func (e *exchanges) pass(tb testing.TB) {
	tb.Helper()
	before := e.count.Load()
	eventually(tb, "more exchanges", func() bool { return e.count.Load() >= before+6 })
}

// journal collects what is logged.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) count(level string) int { return strings.Count(j.String(), "level="+level) }

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
