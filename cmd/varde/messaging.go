package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"varde/app"
	"varde/messaging"
	"varde/messaging/sms"
	"varde/messaging/smtp"
	"varde/study"
)

// messagingFile says in a data folder how people are reached outside the pages; without
// it nobody is. docs/messaging.md tells all of it:
//
//	name: Klinikken                     # under a mail; discreet
//	mail:
//	  host: smtp.example.org
//	  user: varde
//	  passwordEnv: VARDE_SMTP_PASSWORD  # or passwordFile
//	  from: Klinikken <no-reply@example.org>
//	sms:
//	  url: https://gateway.example.org/messages
//	  headers: {Authorization: "Bearer {secret}"}
//	  json: {to: "{to}", from: "{sender}", text: "{text}", reference: "{id}"}
//	  sender: Klinikken
//	  secretFile: sms.secret
const messagingFile = "messaging.yaml"

type messagingConfig struct {
	Name string    `yaml:"name"`
	Mail *mailYAML `yaml:"mail"`
	SMS  *smsYAML  `yaml:"sms"`
}

type mailYAML struct {
	Host         string `yaml:"host"`
	Port         int    `yaml:"port"`
	TLS          string `yaml:"tls"`
	User         string `yaml:"user"`
	PasswordEnv  string `yaml:"passwordEnv"`
	PasswordFile string `yaml:"passwordFile"`
	From         string `yaml:"from"`
	ReplyTo      string `yaml:"replyTo"`
	Hello        string `yaml:"hello"`
	CAFile       string `yaml:"caFile"`
	Timeout      string `yaml:"timeout"`
}

type smsYAML struct {
	URL        string            `yaml:"url"`
	Method     string            `yaml:"method"`
	Headers    map[string]string `yaml:"headers"`
	JSON       any               `yaml:"json"`
	Form       map[string]string `yaml:"form"`
	Success    []int             `yaml:"success"`
	Refusal    []int             `yaml:"refusal"`
	Sender     string            `yaml:"sender"`
	User       string            `yaml:"user"`
	SecretEnv  string            `yaml:"secretEnv"`
	SecretFile string            `yaml:"secretFile"`
	CAFile     string            `yaml:"caFile"`
	Timeout    string            `yaml:"timeout"`
}

// loadMessaging reads the file; none is nil: nothing is sent. An error names file and
// line, and never repeats a secret.
func loadMessaging(dir, url string, clock func() time.Time) (*app.Outward, error) {
	path := filepath.Join(dir, messagingFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var c messagingConfig
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return nil, atLine(path, err)
	}
	if !messaging.OneLine(c.Name) || len(c.Name) > 100 {
		return nil, fmt.Errorf("%s: name: one line of at most 100 bytes", path)
	}
	if c.Mail == nil && c.SMS == nil {
		return nil, fmt.Errorf("%s: neither mail nor sms is given: give one, or remove the file", path)
	}
	o := &app.Outward{URL: url, Name: c.Name}
	if c.Mail != nil {
		if o.Mail, err = c.Mail.sender(dir, clock); err != nil {
			return nil, fmt.Errorf("%s:%d: mail: %w", path, lineOf(text, "mail"), err)
		}
	}
	if c.SMS != nil {
		if o.SMS, err = c.SMS.gateway(dir); err != nil {
			return nil, fmt.Errorf("%s:%d: sms: %w", path, lineOf(text, "sms"), err)
		}
	}
	return o, nil
}

var position = regexp.MustCompile(`^\[(\d+):(\d+)\] `)

// atLine names file, line and column of what the YAML parser refuses. The source is left
// out: it may hold a secret.
func atLine(path string, err error) error {
	said := yaml.FormatError(err, false, false)
	if m := position.FindStringSubmatch(said); m != nil {
		return fmt.Errorf("%s:%s:%s: %s", path, m[1], m[2], strings.TrimPrefix(said, m[0]))
	}
	return fmt.Errorf("%s: %s", path, said)
}

// lineOf answers the line on which a section begins.
func lineOf(text []byte, section string) int {
	for i, l := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(l, section+":") {
			return i + 1
		}
	}
	return 1
}

func (c *mailYAML) sender(dir string, clock func() time.Time) (*smtp.Sender, error) {
	password, err := secretOf(dir, "password", c.PasswordEnv, c.PasswordFile)
	if err != nil {
		return nil, err
	}
	if c.User != "" && password == "" {
		return nil, errors.New("user is given, and neither passwordEnv nor passwordFile")
	}
	roots, err := rootsOf(dir, c.CAFile)
	if err != nil {
		return nil, err
	}
	timeout, err := timeoutOf(c.Timeout)
	if err != nil {
		return nil, err
	}
	security := smtp.StartTLS
	if c.TLS != "" {
		security = smtp.Security(c.TLS)
	}
	return smtp.New(smtp.Config{Host: c.Host, Port: c.Port, Security: security, User: c.User, Password: password, From: c.From, ReplyTo: c.ReplyTo,
		Hello: c.Hello, Roots: roots, Timeout: timeout, Clock: clock})
}

func (c *smsYAML) gateway(dir string) (*sms.Gateway, error) {
	secret, err := secretOf(dir, "secret", c.SecretEnv, c.SecretFile)
	if err != nil {
		return nil, err
	}
	roots, err := rootsOf(dir, c.CAFile)
	if err != nil {
		return nil, err
	}
	timeout, err := timeoutOf(c.Timeout)
	if err != nil {
		return nil, err
	}
	return sms.New(sms.Config{URL: c.URL, Method: c.Method, Headers: c.Headers, JSON: c.JSON, Form: c.Form, Success: c.Success, Refusal: c.Refusal,
		Sender: c.Sender, User: c.User, Secret: secret, Roots: roots, Timeout: timeout})
}

// secretOf reads a secret from the environment or a file: in the configuration itself
// none may stand, for it ends in backups and in questions to a support desk.
func secretOf(dir, what, env, file string) (string, error) {
	switch {
	case env != "" && file != "":
		return "", fmt.Errorf("%sEnv and %sFile are both given: keep one of them", what, what)
	case env != "":
		s, ok := os.LookupEnv(env)
		if !ok || s == "" {
			return "", fmt.Errorf("%sEnv: the environment holds no %s", what, env)
		}
		return s, nil
	case file != "":
		text, err := os.ReadFile(inside(dir, file))
		if err != nil {
			return "", fmt.Errorf("%sFile: %w", what, err)
		}
		if s := strings.TrimSpace(string(text)); s != "" {
			return s, nil
		}
		return "", fmt.Errorf("%sFile: %s is empty", what, file)
	}
	return "", nil
}

func inside(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

// rootsOf reads certificates of a server that no public authority vouches for.
func rootsOf(dir, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(inside(dir, file))
	if err != nil {
		return nil, fmt.Errorf("caFile: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("caFile: %s holds no certificate as PEM", file)
	}
	return roots, nil
}

func timeoutOf(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Second || d > 40*time.Second {
		return 0, errors.New("timeout: between 1s and 40s, such as 20s")
	}
	return d, nil
}

type messagingCmd struct {
	Test messagingTestCmd `cmd:"" help:"Send a test message by what messaging.yaml says."`
}

type messagingTestCmd struct {
	To   string `required:"" help:"An e-mail address, or a phone number beginning with + and the country code."`
	Lang string `enum:"en,nb" default:"en" help:"Language of the message."`
	Data string `default:"varde-data" help:"Data folder."`
}

func (c *messagingTestCmd) Run(ctx context.Context, m *Main) error {
	if err := m.hasData(c.Data); err != nil {
		return err
	}
	o, err := loadMessaging(m.path(c.Data), "", m.Clock)
	if err != nil {
		return err
	}
	if o == nil {
		return fmt.Errorf("there is no %s in %s: docs/messaging.md shows how to write it", messagingFile, m.path(c.Data))
	}
	channel := study.ByEmail
	if strings.HasPrefix(c.To, "+") {
		channel = study.BySMS
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	err = o.Test(ctx, channel, c.To, c.Lang, hex.EncodeToString(id))
	var fault *messaging.Fault
	switch {
	case errors.As(err, &fault):
		return fmt.Errorf("it was not taken (%s, %s): docs/messaging.md says what the code means", fault.Kind, fault.Code)
	case err != nil:
		return err
	}
	fmt.Fprintln(m.Stdout, "The provider has taken it. Look whether it arrives.")
	return nil
}
