package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
)

// connectPage holds the ready settings of programs that people sign in to, filled
// in with the values of one application. All of them stand on one page: a new
// secret is shown once, and not again on another.
type connectPage struct {
	Secret    string // just made; shown once
	Public    bool
	Proves    bool // by a certificate who it is, in the place of a secret
	Values    []connectValue
	Recipes   []recipe
	Discovery string
}

type connectValue struct{ ID, Term, Text string }

// recipe is how one program is told about Signet.
type recipe struct {
	ID, Name string
	Where    string // the file or place
	Text     string
	Redirect string // the redirect URI that it uses
	Missing  bool   // which the application has not
}

// binding is what settings are filled in with.
type binding struct {
	issuer, id, secret string
	base               string // the program's own address
	redirect           string
}

// product is a program, and where it takes answers.
type product struct {
	id, name, callback, where string
	settings                  func(binding) string
}

//i18n:keys apps.connect_where_* grafana gitlab nextcloud gitea oauth2_proxy apache

// products are those that have ready settings. Their option names are those of
// their current documentation.
func products() []product {
	return []product{
		{"grafana", "Grafana", "/login/generic_oauth", "grafana", grafana},
		{"gitlab", "GitLab", "/users/auth/openid_connect/callback", "gitlab", gitlab},
		{"nextcloud", "Nextcloud", "/apps/user_oidc/code", "nextcloud", nextcloud},
		{"gitea", "Gitea", "/user/oauth2/signet/callback", "gitea", gitea},
		{"oauth2-proxy", "oauth2-proxy", "/oauth2/callback", "oauth2_proxy", oauth2Proxy},
		{"apache", "Apache mod_auth_openidc", "/oidc-callback", "apache", apache},
	}
}

func grafana(b binding) string {
	return fmt.Sprintf(`[server]
root_url = %s/

[auth.generic_oauth]
enabled = true
name = Signet
client_id = %s
client_secret = %s
scopes = openid profile email
auth_url = %s/oidc/authorize
token_url = %s/oidc/token
api_url = %s/oidc/userinfo
use_pkce = true
login_attribute_path = preferred_username
name_attribute_path = name
email_attribute_path = email
allow_sign_up = true
`, b.base, b.id, b.secret, b.issuer, b.issuer, b.issuer)
}

func gitlab(b binding) string {
	return fmt.Sprintf(`gitlab_rails['omniauth_allow_single_sign_on'] = ["openid_connect"]
gitlab_rails['omniauth_block_auto_created_users'] = false
gitlab_rails['omniauth_providers'] = [
  {
    name: "openid_connect",
    label: "Signet",
    args: {
      name: "openid_connect",
      scope: ["openid", "profile", "email"],
      response_type: "code",
      issuer: "%s",
      discovery: true,
      client_auth_method: "basic",
      uid_field: "sub",
      pkce: true,
      client_options: {
        identifier: "%s",
        secret: "%s",
        redirect_uri: "%s"
      }
    }
  }
]
`, b.issuer, b.id, b.secret, b.redirect)
}

func nextcloud(b binding) string {
	return fmt.Sprintf(`php occ app:install user_oidc
php occ user_oidc:provider Signet \
  --clientid="%s" \
  --clientsecret="%s" \
  --discoveryuri="%s/.well-known/openid-configuration" \
  --scope="openid profile email" \
  --mapping-uid="sub" \
  --mapping-display-name="name" \
  --mapping-email="email"
`, b.id, b.secret, b.issuer)
}

func gitea(b binding) string {
	return fmt.Sprintf(`gitea admin auth add-oauth \
  --name signet \
  --provider openidConnect \
  --key "%s" \
  --secret "%s" \
  --auto-discover-url "%s/.well-known/openid-configuration" \
  --scopes openid --scopes profile --scopes email
# In app.ini, so that nobody has to complete an account at the first sign-in:
# [oauth2_client]
# ENABLE_AUTO_REGISTRATION = true
`, b.id, b.secret, b.issuer)
}

func oauth2Proxy(b binding) string {
	return fmt.Sprintf(`provider = "oidc"
provider_display_name = "Signet"
oidc_issuer_url = "%s"
client_id = "%s"
client_secret = "%s"
redirect_url = "%s"
scope = "openid profile email"
code_challenge_method = "S256"
email_domains = ["*"]
upstreams = ["http://127.0.0.1:8080/"]
cookie_secret = "" # openssl rand -base64 32 | tr -- '+/' '-_'
`, b.issuer, b.id, b.secret, b.redirect)
}

func apache(b binding) string {
	return fmt.Sprintf(`OIDCProviderMetadataURL "%s/.well-known/openid-configuration"
OIDCClientID "%s"
OIDCClientSecret "%s"
OIDCRedirectURI "%s"
# openssl rand -hex 32
OIDCCryptoPassphrase ""
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username

<Location "/">
  AuthType openid-connect
  Require valid-user
</Location>
`, b.issuer, b.id, b.secret, b.redirect)
}

func (room *Room) showConnect(v visit) error {
	pl, err := room.ownApp(v)
	if err != nil {
		return err
	}
	view, err := room.appView(v, pl, pl.prefix+"/connect", "apps.connect_title", "App", pl.client.Name)
	if err != nil {
		return err
	}
	view.LeadKey = "apps.connect_lead"
	secret := takeNewSecret(v, pl.client.ID)
	if !v.caller.May(iam.EditApplications, pl.scope) {
		secret = ""
	}
	room.connect.Show(v.w, v.r, http.StatusOK, view, connectOf(v.words, pl.client, room.Issuer, secret))
	return nil
}

func connectOf(p *i18n.Printer, a iam.App, issuer, secret string) connectPage {
	data := connectPage{Secret: secret, Public: a.Public(), Proves: a.ClientCertificate != nil, Discovery: issuer + "/.well-known/openid-configuration"}
	add := func(id, key, text string) {
		data.Values = append(data.Values, connectValue{"value-" + id, p.T(key), text})
	}
	add("issuer", "apps.value_issuer", issuer)
	add("id", "apps.id", string(a.ID))
	add("discovery", "apps.value_discovery", data.Discovery)
	add("authorize", "apps.value_authorize", issuer+"/oidc/authorize")
	add("token", "apps.value_token", issuer+"/oidc/token")
	add("userinfo", "apps.value_userinfo", issuer+"/oidc/userinfo")
	add("keys", "apps.value_keys", issuer+"/oidc/keys")
	add("logout", "apps.value_logout", issuer+"/oidc/logout")
	add("scopes", "apps.value_scopes", "openid profile email")
	if a.Type != iam.AppWeb {
		return data // the programs below keep a secret
	}
	b := binding{issuer: issuer, id: string(a.ID), secret: cmp.Or(secret, p.T("apps.secret_placeholder"))}
	for _, product := range products() {
		b.base = baseOf(a, product.callback)
		b.redirect = b.base + product.callback
		data.Recipes = append(data.Recipes, recipe{
			ID: "recipe-" + product.id, Name: product.name, Where: p.T("apps.connect_where_" + product.where), Text: product.settings(b),
			Redirect: b.redirect, Missing: !slices.Contains(a.RedirectURIs, b.redirect),
		})
	}
	return data
}

// baseOf guesses the address of the program from the redirect URIs of the
// application: the one that ends as the program's does, else the first.
func baseOf(a iam.App, callback string) string {
	guess := ""
	for _, uri := range a.RedirectURIs {
		u, err := url.Parse(uri)
		if err != nil || u.Host == "" || strings.ContainsAny(uri, "\"'\\$`#{}") {
			continue // what could end a text in somebody's settings stays out of them
		}
		origin := u.Scheme + "://" + u.Host
		if before, ok := strings.CutSuffix(uri, callback); ok {
			return before
		}
		guess = cmp.Or(guess, origin)
	}
	return cmp.Or(guess, "https://app.example")
}
