package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"varde/identity"
	"varde/web/account"
)

// providersFile lists providers of single sign-on in a data folder:
//
//   - id: hospital              # in addresses: small letters, digits, hyphens
//     name: Oslo Hospital       # on the button
//     issuer: https://login.hospital.example
//     clientId: varde
//     clientSecretFile: /run/secrets/oidc   # or clientSecret
//     scopes: [profile]                     # besides openid; usually none
const providersFile = "oidc.yaml"

// taken are ids that other ways of signing in have in their addresses.
var taken = []string{"passkey", "recovery", "demo", "password"}

type providerEntry struct {
	ID               string   `yaml:"id"`
	Name             string   `yaml:"name"`
	Issuer           string   `yaml:"issuer"`
	ClientID         string   `yaml:"clientId"`
	ClientSecret     string   `yaml:"clientSecret"`
	ClientSecretFile string   `yaml:"clientSecretFile"`
	Scopes           []string `yaml:"scopes"`
}

// loadProviders reads the file; none is no provider. An error names the file and
// what to mend, and never repeats a secret.
func loadProviders(dir string) ([]identity.Provider, error) {
	path := filepath.Join(dir, providersFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var entries []providerEntry
	if err := yaml.UnmarshalWithOptions(text, &entries, yaml.Strict()); err != nil {
		// The source is left out of the message: it may hold a secret.
		return nil, fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, false))
	}
	var out []identity.Provider
	for i, e := range entries {
		p, err := e.provider(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: provider %d (%q): %w", path, i+1, e.ID, err)
		}
		if slices.ContainsFunc(out, func(x identity.Provider) bool { return x.ID == p.ID }) {
			return nil, fmt.Errorf("%s: provider %d: the id %q stands twice: give each its own", path, i+1, e.ID)
		}
		out = append(out, p)
	}
	return out, nil
}

func (e providerEntry) provider(dir string) (identity.Provider, error) {
	p := identity.Provider{ID: e.ID, Name: e.Name, Issuer: e.Issuer, ClientID: e.ClientID, ClientSecret: e.ClientSecret, Scopes: e.Scopes}
	switch {
	case e.ID == "":
		return p, errors.New("the id is missing: give a short one, such as hospital")
	case slices.Contains(taken, e.ID):
		return p, fmt.Errorf("the id may not be one of %s: choose another", strings.Join(taken, ", "))
	case e.Issuer == "" || e.ClientID == "":
		return p, errors.New("issuer and clientId are needed: the provider's operator gives them to you")
	case e.ClientSecret != "" && e.ClientSecretFile != "":
		return p, errors.New("clientSecret and clientSecretFile are both given: keep one of them")
	}
	if p.Name == "" {
		p.Name = p.ID
	}
	if e.ClientSecretFile != "" {
		path := e.ClientSecretFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		secret, err := os.ReadFile(path)
		if err != nil {
			return p, fmt.Errorf("clientSecretFile: %w", err)
		}
		if p.ClientSecret = strings.TrimSpace(string(secret)); p.ClientSecret == "" {
			return p, fmt.Errorf("clientSecretFile: %s is empty", path)
		}
	}
	return p, nil
}

// buttons are the providers as the sign-in page shows them, without their secrets.
func buttons(providers []identity.Provider) []account.Provider {
	var out []account.Provider
	for _, p := range providers {
		out = append(out, account.Provider{ID: p.ID, Name: p.Name})
	}
	return out
}
