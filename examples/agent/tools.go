package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
)

// stopwatch is a tool that takes its time, so that tokens can run out meanwhile.
type stopwatch struct{ out io.Writer }

func (stopwatch) Name() string { return "stopwatch" }

func (stopwatch) Description() string {
	return "Waits for a number of seconds, at most 10. The input is the number alone."
}

// Call implements langchaingo's tools.Tool; what the model can correct comes back as text, not as an error.
func (s stopwatch) Call(ctx context.Context, input string) (string, error) {
	wait, ok := seconds(input)
	if !ok {
		return fmt.Sprintf("%q is not a number of seconds from 0 to 10", input), nil
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	fmt.Fprintf(s.out, "    tool     stopwatch(%s)\n", input)
	return "waited " + wait.String(), nil
}

func seconds(input string) (time.Duration, bool) {
	wait, err := time.ParseDuration(strings.TrimSpace(input) + "s")
	return wait, err == nil && wait >= 0 && wait <= 10*time.Second
}

// calculator multiplies or adds two numbers.
type calculator struct{ out io.Writer }

func (calculator) Name() string { return "calculator" }

func (calculator) Description() string {
	return "Calculates with two numbers. The input is a term such as 6 * 7 or 1.5 + 2."
}

// Call implements langchaingo's tools.Tool.
func (c calculator) Call(_ context.Context, input string) (string, error) {
	result := calculate(input)
	fmt.Fprintf(c.out, "    tool     calculator(%s) = %s\n", input, result)
	return result, nil
}

func calculate(term string) string {
	fields := strings.Fields(strings.NewReplacer("*", " * ", "+", " + ").Replace(term))
	if len(fields) != 3 {
		return fmt.Sprintf("%q is not a term of two numbers", term)
	}
	a, aok := new(big.Rat).SetString(fields[0])
	b, bok := new(big.Rat).SetString(fields[2])
	switch {
	case aok && bok && fields[1] == "*":
		a.Mul(a, b)
	case aok && bok && fields[1] == "+":
		a.Add(a, b)
	default:
		return fmt.Sprintf("%q is not a term of two numbers", term)
	}
	return strings.TrimSuffix(strings.TrimRight(a.FloatString(6), "0"), ".")
}
