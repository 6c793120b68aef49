package main

import (
	"errors"
	"flag"
	"fmt"
)

// explain prints what is resolved and from where. Nothing is asked of any network.
func explain(args []string, sys system) int {
	o, err := parse("explain", args, sys)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitWell
	case err != nil:
		return exitUsage
	}
	subjects, err := find(o, sys)
	if err != nil {
		return sys.notFound(err)
	}
	code := exitWell
	for i, s := range subjects {
		if i > 0 {
			fmt.Fprintln(sys.stdout)
		}
		if o.models != "" {
			fmt.Fprintln(sys.stdout, s.name)
		}
		if s.foreign != "" {
			fmt.Fprintf(sys.stdout, "provider    %s: not azure's, so nothing is resolved here\n", s.foreign)
			continue
		}
		x := s.cfg.Explain()
		fmt.Fprint(sys.stdout, x)
		if x.Err != nil {
			code = exitFailed
		}
	}
	return code
}
