package redisstate_test

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/adapters/registry/redisstate"
)

// A replica shares what it parks with every other replica whose State has the same key on the same Redis.
//
// It has no output, and so is compiled but not run: it needs a Redis, which not every machine that tests has, and the
// program's own models file. What it shows runs in the package's tests, which skip without a redis-server.
func Example() {
	client := redis.NewClient(&redis.Options{
		Addr:                  os.Getenv("REDIS_ADDRESS"),
		Password:              os.Getenv("REDIS_PASSWORD"),
		ContextTimeoutEnabled: true, // New insists on it: a Redis that does not answer then holds nothing up.
	})
	defer func() { _ = client.Close() }()

	state, err := redisstate.New(client, redisstate.Options{Logger: slog.Default()})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer state.Close()

	models, err := registry.Loader{State: state}.Load("models.yaml")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Fprintln(os.Stdout, models.Names())
}

// Without Redis a replica goes on with what it has parked itself.
func ExampleNew() {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", ContextTimeoutEnabled: true, MaxRetries: -1}) // where nobody answers
	defer func() { _ = client.Close() }()
	state, err := redisstate.New(client, redisstate.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer state.Close()

	state.Park("sweden", registry.Parking{Until: time.Now().Add(20 * time.Second), Reason: "429: retry after 20s"})
	for _, id := range []string{"sweden", "virginia"} {
		p := state.Parking(id)
		fmt.Println(id, "is parked:", p.Until.After(time.Now()), p.Reason)
	}

	// Output:
	// sweden is parked: true 429: retry after 20s
	// virginia is parked: false
}
