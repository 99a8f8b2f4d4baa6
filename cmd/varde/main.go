// Command varde is the whole of Varde in one program: it checks protocols, runs
// studies, serves the pages, and verifies the record.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// Main is the program with its surroundings as fields, so that tests can run it.
type Main struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Clock  func() time.Time
	Master string // where the master key of the vault is, as a URI; "" = in the data folder
	Dir    string // working directory, for paths given by the user; "" = the process's own
}

// NewMain is the program as the operating system starts it.
func NewMain() *Main {
	return &Main{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Clock: time.Now}
}

// errSilent ends with status 1 after everything is already said.
var errSilent = errors.New("")

type commands struct {
	Version kong.VersionFlag `short:"v" help:"Print the version and the commit, and quit."`

	Master string `env:"VARDE_MASTER" placeholder:"URI" help:"Master key of the vault: file:PATH, env:NAME, or a key management service that this program was built with; by default file:master.key in the data folder."`

	Demo      demoCmd      `cmd:"" help:"Run a whole study with invented people and open it in the browser."`
	Serve     serveCmd     `cmd:"" help:"Serve the pages and the API of a data folder."`
	Check     checkCmd     `cmd:"" help:"Check a protocol folder; status 1 on any error."`
	Schedule  scheduleCmd  `cmd:"" help:"Write a protocol's schedule of activities as a page, PDF or CSV."`
	New       newCmd       `cmd:"" help:"Begin a protocol: a whole folder that passes the check, with what must be decided marked."`
	Build     buildCmd     `cmd:"" help:"Show a protocol in the browser while you write it."`
	Dryrun    dryRunCmd    `cmd:"" help:"Live a protocol with thousands of virtual participants, and tell what must never happen and does."`
	Diff      diffCmd      `cmd:"" help:"Tell what an amendment changes, for whom, and whether a running study can be carried over."`
	Open      openCmd      `cmd:"" help:"Open a study under a protocol folder."`
	Account   accountCmd   `cmd:"" help:"Accounts on the console: first administrator, list, new link, disable."`
	Token     tokenCmd     `cmd:"" help:"Issue or revoke an access token."`
	Messaging messagingCmd `cmd:"" help:"Mail and text messages: send a test."`
	Vault     vaultCmd     `cmd:"" help:"Keys that seal who people are: status, rotation of the master key."`
	Verify    verifyCmd    `cmd:"" help:"Verify the record of a data folder, or of an exported archive."`
	Export    exportCmd    `cmd:"" help:"Export a study's record as an archive that can be verified offline."`
	Rebuild   rebuildCmd   `cmd:"" help:"Make all views anew from the record."`
	Evidence  evidenceCmd  `cmd:"" help:"Print the published evidence: trials, what they add up to, and what is retracted."`
	Analyse   analyseCmd   `cmd:"" aliases:"result" help:"Apply the protocol's analysis plan to a study: result, figures, and the same bytes again later."`
	Simulate  simulateCmd  `cmd:"" help:"Run whole simulated trials of a protocol: power, errors, duration and waiting times, with Monte-Carlo errors."`
	Stats     statsCmd     `cmd:"" help:"Statistics on CSV files: mixed models, survival, proportions, meta-analysis, sample sizes and more."`

	ImportUSDM       importUSDMCmd       `cmd:"" name:"import-usdm" help:"Make a protocol folder's skeleton of a CDISC USDM 4.0 study definition."`
	ExportDefinition exportDefinitionCmd `cmd:"" help:"Write a protocol as CDISC ODM 2.0 metadata or USDM 4.0."`
}

// Run carries out one command line. It answers the exit status: 0 done, 1 refused
// or failed, 2 wrong usage.
func (m *Main) Run(ctx context.Context, args []string) int {
	var cli commands
	status := -1
	parser, err := kong.New(&cli,
		kong.Name("varde"),
		kong.Description("Everything in MDMA-assisted therapy for PTSD except the medicine itself: one program that runs a study, or regulated care, under a pre-approved protocol."),
		kong.Vars{"version": version()},
		kong.UsageOnError(),
		kong.Writers(m.Stdout, m.Stderr),
		kong.Exit(func(code int) { status = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(m),
	)
	if err != nil {
		fmt.Fprintln(m.Stderr, "varde:", err)
		return 2
	}
	if len(args) == 1 && args[0] == "-version" {
		args = []string{"--version"}
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	c, err := parser.Parse(args)
	if status >= 0 {
		return status // help or version was printed
	}
	if err != nil {
		fmt.Fprintf(m.Stderr, "varde: %v\nRun \"varde --help\" to see what there is.\n", err)
		return 2
	}
	if cli.Master != "" {
		m.Master = cli.Master
	}
	switch err := c.Run(); {
	case err == nil:
		return 0
	case errors.Is(err, errSilent):
		return 1
	default:
		fmt.Fprintln(m.Stderr, "varde:", say(err))
		return 1
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := NewMain().Run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}
