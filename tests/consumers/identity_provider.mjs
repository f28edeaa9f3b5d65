// An identity provider for `scenarios/serve/oidc.rs`: oidc-provider from npm, with people who sign in by themselves, and a hand on its ID tokens.
//
//   node identity_provider.mjs FOLDER REDIRECT_URI    prints "listening on URL"
//
// GET /control?account=ana&groups=a,b&verified=false&twist=nonce says who signs in next, and what is wrong with the next tokens.
// A twisted token is signed with a key of this provider, so nothing but the twist can be what is refused.

import { createServer } from 'node:http';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, redirect] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(join(folder, 'node_modules/oidc-provider/lib/index.js')));

const SECRET = 'a secret: with+signs & spaces';
const key = (kid) => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = (of) => ({ ...of.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' });
  return { kid, sign: pair.privateKey, secret: jwk(pair.privateKey), open: jwk(pair.publicKey) };
};
const [first, second, unknown] = [key('first'), key('second'), key('unknown')];

let person = { account: 'ana', groups: [], verified: true };
let twist = 'none';
let asked = { keys: 0, exchanges: 0, methods: [] };

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
const signed = (claims, by, header = {}) => {
  const head = `${encode({ alg: 'RS256', kid: by.kid, ...header })}.${encode(claims)}`;
  return `${head}.${sign('RSA-SHA256', Buffer.from(head), by.sign).toString('base64url')}`;
};

const now = () => Math.floor(Date.now() / 1000);
const TWISTS = {
  nonce: (claims) => signed({ ...claims, nonce: 'of another sign-in' }, first),
  'no-nonce': ({ nonce, ...claims }) => signed(claims, first),
  audience: (claims) => signed({ ...claims, aud: 'another-client' }, first),
  party: (claims) => signed({ ...claims, aud: ['wayfarer', 'another'], azp: 'another' }, first),
  issuer: (claims) => signed({ ...claims, iss: 'https://evil.example' }, first),
  expired: (claims) => signed({ ...claims, iat: now() - 7200, exp: now() - 3600 }, first),
  skewed: (claims) => signed({ ...claims, exp: now() - 30 }, first),
  early: (claims) => signed({ ...claims, iat: now() + 3600, exp: now() + 7200 }, first),
  'no-expiry': ({ exp, ...claims }) => signed(claims, first),
  'unknown-key': (claims) => signed(claims, unknown),
  rotated: (claims) => signed(claims, second),
  'wrong-signature': (claims) => signed(claims, unknown, { kid: 'first' }),
  none: (_, token) => token,
  unsigned: (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`,
  shared: (claims) => {
    const head = `${encode({ alg: 'HS256', kid: 'first' })}.${encode(claims)}`;
    return `${head}.${createHmac('sha256', SECRET).update(head).digest('base64url')}`;
  },
  'other-subject': (claims) => signed({ ...claims, sub: 'somebody else' }, first),
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const scope = 'openid email profile groups';
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'wayfarer', client_secret: SECRET, redirect_uris: [redirect], grant_types: ['authorization_code'], response_types: ['code'], scope,
    }],
    jwks: { keys: [first.secret] },
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'], groups: ['groups'] },
    pkce: { required: () => true },
    cookies: { keys: ['of this process alone'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: person.verified, preferred_username: id, groups: person.groups }),
    }),
  });
  const callback = provider.callback();

  const interact = async (request, response) => {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (person.account === 'nobody') {
      const result = { error: 'access_denied', error_description: 'the person <b>changed</b> their mind' };
      return provider.interactionFinished(request, response, result);
    }
    if (prompt.name === 'login') {
      return provider.interactionFinished(request, response, { login: { accountId: person.account } });
    }
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(scope);
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  };

  // The answer with the tokens passes through the twist.
  const twisting = (request, response) => {
    asked.exchanges += 1;
    asked.methods.push(request.headers.authorization ? 'basic' : 'post');
    const end = response.end.bind(response);
    response.end = (body) => {
      const answer = JSON.parse(body.toString());
      if (answer.id_token) answer.id_token = TWISTS[twist](decode(answer.id_token.split('.')[1]), answer.id_token);
      response.removeHeader('content-length');
      return end(JSON.stringify(answer));
    };
    return callback(request, response);
  };

  server.on('request', async (request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname === '/control') {
      const given = Object.fromEntries(url.searchParams);
      if (given.account) person = { account: given.account, groups: given.groups?.split(',') ?? [], verified: given.verified !== 'false' };
      if (given.twist) twist = given.twist;
      return response.end(JSON.stringify(asked));
    }
    if (url.pathname === '/jwks') {
      asked.keys += 1;
      const keys = twist === 'rotated' ? [second.open] : [{ kty: 'of the future', kid: 'new' }, first.open];
      return response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    }
    if (url.pathname.startsWith('/interaction/')) return interact(request, response);
    if (url.pathname === '/token') return twisting(request, response);
    return callback(request, response);
  });
  console.log(`listening on ${issuer}`);
});
