package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// options are the flags of a command.
type options struct {
	models     string
	names      []string // of the models file; empty is all
	deployment string
	embedding  string
	baseModel  string
	responses  bool
	json       bool
	timeout    time.Duration
	demo       demoFlag
}

// demoFlag is --demo, alone or with the name of a fault.
type demoFlag struct {
	on    bool
	fault string
}

// String implements flag.Value.
func (d *demoFlag) String() string { return d.fault }

// IsBoolFlag lets --demo stand alone.
func (d *demoFlag) IsBoolFlag() bool { return true }

// Set implements flag.Value. Of a flag that stands alone package flag sets "true".
func (d *demoFlag) Set(value string) error {
	d.on, d.fault = true, value
	if value == "true" {
		d.fault = ""
	}
	return nil
}

var errUsage = errors.New("wrong use")

// parse reads the command line of doctor or explain. flag.ErrHelp is a request that was served; errUsage was told to the user.
func parse(command string, args []string, sys system) (options, error) {
	var o options
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.models, "models", "", "a models `file` instead of the environment; names behind the flags choose some of its models")
	if command == "doctor" {
		o.doctorFlags(flags)
	}
	err := flags.Parse(args)
	o.names = flags.Args()
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(sys.stdout, "Usage: azureadv1 %s [flags] [NAME ...]\n\nFlags:\n", command)
		flags.SetOutput(sys.stdout)
		flags.PrintDefaults()
		return o, flag.ErrHelp
	case err != nil:
		sys.misuse("%s: %v; azureadv1 %s -h lists the flags", command, err, command)
	case len(o.names) > 0 && o.models == "":
		sys.misuse("%s: names are of models in a file: give it with --models", command)
	case o.demo.on && o.models != "":
		sys.misuse("doctor: --demo brings its own configuration: leave --models out")
	case command == "doctor" && o.timeout <= 0:
		sys.misuse("doctor: --timeout %s is no time to wait", o.timeout)
	default:
		return o, nil
	}
	return o, errUsage
}

func (o *options) doctorFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.deployment, "deployment", "", "the deployment to call, instead of AZURE_OPENAI_DEPLOYMENT's; not with --models")
	flags.StringVar(&o.embedding, "embedding-deployment", "", "a deployment of an embedding model to check, too; not with --models")
	flags.StringVar(&o.baseModel, "base-model", "", "what the deployment serves, when its name does not say; not with --models")
	flags.BoolVar(&o.responses, "responses", false, "the program uses the Responses API: that must work, chat completions need not; not with --models")
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead of lines")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long one check may take, with its unit: 5s, 1m")
	flags.Var(&o.demo, "demo", "check a stand-in in this process; --demo=FAULT gives it a fault, --demo=list names them")
}
