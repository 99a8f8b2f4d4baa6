// Package providertest runs a whole OpenID provider for tests of single sign-on.
package providertest

import (
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Client and Secret are what the house is known by at the provider.
const (
	Client = "varde"
	Secret = "s3cret"
)

// User is one of those who have an account at the provider.
const User = "test-user2"

// Start runs a provider until the test ends, and answers its issuer. Whoever comes to
// its sign-in page is let in at once as the user that who answers.
func Start(t testing.TB, who func() string) (issuer string) {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	store := storage.NewStorage(storage.NewUserStore(server.URL))
	p, err := op.NewProvider(&op.Config{CryptoKey: sha256.Sum256([]byte("test")), CryptoKeyId: "key", CodeMethodS256: true}, store, op.StaticIssuer(server.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	callback := op.AuthCallbackURL(p)
	mux := http.NewServeMux()
	mux.Handle("/", p)
	mux.Handle("/login/username", op.NewIssuerInterceptor(p.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("authRequestID")
		if err := store.CheckUsernamePassword(who(), "verysecure", id); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, callback(r.Context(), id), http.StatusFound)
	}))
	handler = mux
	return server.URL
}

// Register makes the house known at all providers, with the address to which they
// send a browser back.
func Register(back string) { storage.RegisterClients(storage.WebClient(Client, Secret, back)) }
