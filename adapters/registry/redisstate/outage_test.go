package redisstate_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry/redisstate"
)

func TestAnOutageIsSurvivedAndToldOnce(t *testing.T) {
	server := ownServer(t)
	var logA, logB journal
	client := server.client(t)
	var tried exchanges
	client.AddHook(&tried)
	a, b := state(t, client, logA.logger()), state(t, server.client(t), logB.logger())
	before, during := in(time.Hour, "before the outage"), in(time.Hour, "in the outage")
	a.Park("west", before)
	eventually(t, "the parking is shared", func() bool { return b.Parking("west").Reason == before.Reason })

	server.kill()
	eventually(t, "both notice", func() bool { return logA.count("WARN") == 1 && logB.count("WARN") == 1 })
	a.Park("east", during)
	tried.pass(t)
	if a.Parking("east") != during || a.Parking("west") != before || b.Parking("west").Reason != before.Reason {
		t.Errorf("in the outage: a has %v and %v, b has %v", a.Parking("east"), a.Parking("west"), b.Parking("west"))
	}

	if err := server.start(); err != nil { // It comes back empty.
		t.Fatal(err)
	}
	eventually(t, "what was parked in the outage is shared", func() bool { return b.Parking("east").Reason == during.Reason })
	eventually(t, "what Redis lost is written again", func() bool {
		return server.client(t).ZCard(t.Context(), t.Name()).Val() == 2 && b.Parking("west").Reason == before.Reason
	})
	eventually(t, "both say that it is over", func() bool { return logA.count("INFO") == 1 && logB.count("INFO") == 1 })
	tried.pass(t)
	for name, log := range map[string]*journal{"a": &logA, "b": &logB} {
		if n := strings.Count(log.String(), "\n"); n != 2 {
			t.Errorf("%s logged %d lines, want one warning and one line at the end:\n%s", name, n, log)
		}
		if strings.Contains(log.String(), server.socket) {
			t.Errorf("%s logged the address:\n%s", name, log)
		}
	}
}

// deaf listens and never answers; it accepts connections unless told not to.
func deaf(t *testing.T, accept bool) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	if accept {
		serving.Go(func() {
			for {
				c, err := listener.Accept()
				if err != nil {
					return
				}
				defer func() { _ = c.Close() }()
			}
		})
	}
	return listener.Addr().String()
}

func TestADeafServerHoldsNothingUp(t *testing.T) {
	for name, accept := range map[string]bool{"it accepts connections": true, "it leaves them in the backlog": false} {
		for kind, client := range map[string]func(addr string) redis.UniversalClient{
			"one server": func(addr string) redis.UniversalClient {
				return redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, ReadTimeout: time.Hour})
			},
			"a cluster": func(addr string) redis.UniversalClient {
				return redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{addr}, ContextTimeoutEnabled: true, ReadTimeout: time.Hour})
			},
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				var log journal
				s, err := redisstate.New(closing(t, client(deaf(t, accept))), redisstate.Options{
					Refresh: 20 * time.Millisecond, Timeout: 100 * time.Millisecond, Logger: log.logger(),
				})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				want := in(time.Hour, "429")
				s.Park("west", want)
				if got := s.Parking("west"); got != want {
					t.Errorf("parked %v, want %v", got, want)
				}
				if took := time.Since(began); took > 50*time.Millisecond {
					t.Errorf("parking and reading took %v", took)
				}
				eventually(t, "the outage is told", func() bool { return log.count("WARN") == 1 })
				if !strings.Contains(log.String(), "no answer within Options.Timeout") {
					t.Errorf("logged: %s", log.String())
				}
				began = time.Now()
				s.Close()
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("Close took %v", took)
				}
			})
		}
	}
}

func TestCloseLeavesNothingRunningAndTheStateGoesOn(t *testing.T) {
	server := sharedServer(t)
	client := server.client(t)
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	running := goleak.IgnoreCurrent()
	s := state(t, client, nil)
	before, after := in(time.Hour, "before"), in(2*time.Hour, "after")
	s.Park("west", before)
	eventually(t, "it is shared", func() bool { return client.ZCard(t.Context(), t.Name()).Val() == 1 })
	var closers sync.WaitGroup
	for range 3 {
		closers.Go(s.Close)
	}
	closers.Wait()
	if err := goleak.Find(running); err != nil {
		t.Error(err)
	}
	if got := s.Parking("west"); got != before {
		t.Errorf("after Close: %v, want %v", got, before)
	}
	s.Park("west", after)
	if got := s.Parking("west"); got != after {
		t.Errorf("parked after Close: %v, want %v", got, after)
	}
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Errorf("the client of the caller: %v", err)
	}
}

func TestRefusalsAreExplainedWithoutSecrets(t *testing.T) {
	const secret = "sesame-opens-all"
	server := sharedServer(t)
	admin := server.client(t)
	user := func(name string, rules ...string) {
		args := []any{"ACL", "SETUSER", name, "reset", "on", ">" + secret}
		for _, rule := range rules {
			args = append(args, rule)
		}
		if err := admin.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	user("reader", "~*", "+@all", "-zadd")
	user("locked", "~elsewhere", "+@all")
	for name, row := range map[string]struct {
		change func(*redis.Options)
		key    string
		want   string
	}{
		"a wrong password":       {func(o *redis.Options) { o.Username, o.Password = "reader", secret+"!" }, "k1", "WRONGPASS: "},
		"a command is forbidden": {func(o *redis.Options) { o.Username, o.Password = "reader", secret }, "k2", "NOPERM: "},
		"the key is forbidden":   {func(o *redis.Options) { o.Username, o.Password = "locked", secret }, "k3", "NOPERM: "},
		"the key holds a string": {func(*redis.Options) {}, "a-string", "WRONGTYPE: "},
		"no server":              {func(o *redis.Options) { o.Addr += secret }, "k4", "connection refused"},
		"an unknown host": {func(o *redis.Options) {
			o.Network, o.Addr = "tcp", secret+".invalid:6379"
			o.Dialer = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: secret, IsNotFound: true}}
			}
		}, "k5", "host name"},
	} {
		t.Run(name, func(t *testing.T) {
			admin.Set(t.Context(), "a-string", "text", 0)
			opts := server.options()
			row.change(opts)
			var log journal
			s, err := redisstate.New(closing(t, redis.NewClient(opts)), redisstate.Options{
				Key: row.key, Refresh: 20 * time.Millisecond, Timeout: 5 * time.Second, Logger: log.logger(),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			s.Park("west", in(time.Hour, "429"))
			eventually(t, "it is told", func() bool { return log.count("WARN") > 0 })
			if got := log.String(); !strings.Contains(got, row.want) || strings.Contains(got, "sesame") || strings.Contains(got, server.socket) {
				t.Errorf("want %q and neither password nor address in: %s", row.want, got)
			}
		})
	}
}

func TestTheDocumentedACLIsEnough(t *testing.T) {
	server := sharedServer(t)
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	rules := regexp.MustCompile(`(?m)^//\t~(.*)$`).FindStringSubmatch(string(doc))
	if rules == nil {
		t.Fatal("the package documentation has no ACL")
	}
	args := []any{"ACL", "SETUSER", "limited", "reset", "on", ">pw", "+hello", "+client"}
	for rule := range strings.FieldsSeq("~" + rules[1]) {
		args = append(args, rule)
	}
	if err := server.client(t).Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
	opts := server.options()
	opts.Username, opts.Password = "limited", "pw"
	var log journal
	var all [2]*redisstate.State
	for n := range all {
		all[n], err = redisstate.New(closing(t, redis.NewClient(opts)), redisstate.Options{Refresh: 20 * time.Millisecond, Timeout: 5 * time.Second, Logger: log.logger()})
		if err != nil {
			t.Fatal(err)
		}
		defer all[n].Close()
	}
	for _, reason := range []string{"first", "second"} { // The second replaces the first, which takes a removal.
		all[0].Park("west", in(time.Hour, reason))
		eventually(t, "it is shared", func() bool { return all[1].Parking("west").Reason == reason })
	}
	if log.String() != "" {
		t.Errorf("logged: %s", log.String())
	}
}

func TestACluster(t *testing.T) {
	nodes := [2]*server{}
	ports := freePorts(t, 4)
	for n := range nodes {
		nodes[n] = ownServer(t, "--cluster-enabled", "yes", "--port", ports[2*n], "--cluster-port", ports[2*n+1], "--bind", "127.0.0.1")
	}
	first, second := nodes[0].client(t), nodes[1].client(t)
	for _, step := range []error{
		first.ClusterAddSlotsRange(t.Context(), 0, 8191).Err(),
		second.ClusterAddSlotsRange(t.Context(), 8192, 16383).Err(),
		first.Do(t.Context(), "CLUSTER", "MEET", "127.0.0.1", ports[2], ports[3]).Err(),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	eventually(t, "the cluster is whole", func() bool {
		return strings.Contains(first.ClusterInfo(t.Context()).Val(), "cluster_state:ok") &&
			strings.Contains(second.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	cluster := func() redis.UniversalClient {
		return closing(t, redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:" + ports[0]}, ContextTimeoutEnabled: true}))
	}
	var log journal
	a, b := state(t, cluster(), log.logger()), state(t, cluster(), log.logger())
	a.Park("west", in(time.Hour, "429"))
	eventually(t, "it is shared", func() bool { return b.Parking("west").Reason == "429" })
	home, away := first, second
	if first.ClusterKeySlot(t.Context(), t.Name()).Val() > 8191 {
		home, away = second, first
	}
	if !strings.Contains(home.Info(t.Context(), "commandstats").Val(), "cmdstat_time:") {
		t.Error("the node that has the key was not asked for its time")
	}
	if strings.Contains(away.Info(t.Context(), "commandstats").Val(), "cmdstat_time:") {
		t.Error("another node's time was asked for")
	}
	if log.count("WARN") != 0 {
		t.Errorf("logged: %s", log.String())
	}
}

func freePorts(t *testing.T, count int) (ports []string) {
	t.Helper()
	var config net.ListenConfig
	for range count {
		listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }() // Held until all are known, so that they differ.
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		ports = append(ports, port)
	}
	return ports
}

func TestBadOptionsAndClientsAreRefused(t *testing.T) {
	good := closing(t, redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", ContextTimeoutEnabled: true}))
	for name, row := range map[string]struct {
		client redis.UniversalClient
		opts   redisstate.Options
		want   string
	}{
		"no client":                       {nil, redisstate.Options{}, "no client"},
		"a nil client":                    {(*redis.Client)(nil), redisstate.Options{}, "is nil"},
		"a nil cluster client":            {(*redis.ClusterClient)(nil), redisstate.Options{}, "is nil"},
		"a client deaf to deadlines":      {closing(t, redis.NewClient(&redis.Options{})), redisstate.Options{}, "ContextTimeoutEnabled"},
		"a cluster deaf to deadlines":     {closing(t, redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{filepath.Join("x", "s")}})), redisstate.Options{}, "ContextTimeoutEnabled"},
		"a ring":                          {closing(t, redis.NewRing(&redis.RingOptions{})), redisstate.Options{}, "Ring"},
		"a refresh in the wrong unit":     {good, redisstate.Options{Refresh: 5}, "Options.Refresh is 5ns"},
		"a negative refresh":              {good, redisstate.Options{Refresh: -time.Second}, "Options.Refresh is -1s"},
		"a timeout too short for network": {good, redisstate.Options{Timeout: time.Millisecond}, "Options.Timeout is 1ms"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := redisstate.New(row.client, row.opts)
			if err == nil {
				s.Close()
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), row.want) || !strings.HasPrefix(err.Error(), "redisstate: ") {
				t.Errorf("error %q, want one with %q", err, row.want)
			}
		})
	}
}
