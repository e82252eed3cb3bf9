// An application that knows Signet only through openid-client. It is told where
// to find it in the first line of its input, hands out the address that a browser
// must go to, is given the address that the browser was led back to, and then
// does what an application does. Each line of its output is one JSON value.
import dns from "node:dns"
import { webcrypto } from "node:crypto"
import { createInterface } from "node:readline"

globalThis.crypto ??= webcrypto // Node.js 18
// Browsers find these names on loopback by themselves, most resolvers do not.
dns.lookup = (_host, options, done) => {
  if (typeof options === "function") done = options
  if (options.all) done(null, [{ address: "127.0.0.1", family: 4 }])
  else done(null, "127.0.0.1", 4)
}
const client = await import("openid-client")

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => JSON.parse((await lines.next()).value)
const write = (value) => process.stdout.write(JSON.stringify(value) + "\n")
const failure = (promise) => promise.then(() => "", (error) => error.error ?? error.code ?? String(error))

const { issuer, id, secret, redirect_uri } = await read()
const config = await client.discovery(new URL(issuer), id, undefined, client.ClientSecretBasic(secret))
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
write({
  url: client.buildAuthorizationUrl(config, {
    redirect_uri, scope: "openid profile email offline_access", state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256",
  }).href,
})

const { back } = await read()
const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
const tokens = await client.authorizationCodeGrant(config, new URL(back), checks)
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const introspected = await client.tokenIntrospection(config, tokens.access_token)
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
const refreshedInfo = await client.fetchUserInfo(config, refreshed.access_token, claims.sub)
await client.tokenRevocation(config, refreshed.refresh_token)
write({
  claims, userinfo, introspected,
  rotated: refreshed.refresh_token !== tokens.refresh_token && refreshed.access_token !== tokens.access_token,
  refreshed_sub: refreshedInfo.sub,
  after_revocation: {
    refresh: await failure(client.refreshTokenGrant(config, refreshed.refresh_token)),
    introspected: await client.tokenIntrospection(config, refreshed.access_token),
  },
  code_again: await failure(client.authorizationCodeGrant(config, new URL(back), checks)),
  end_session: client.buildEndSessionUrl(config, { id_token_hint: refreshed.id_token ?? tokens.id_token }).href,
})
process.exit(0)
