// Writes json_forms.json: JWS in flattened and general JSON form, made by npm jose.
// Once: npm install && node record_json.mjs > json_forms.json
import { readFileSync } from "node:fs";
import * as jose from "jose";

const payload = "what was said: ü";
const bytes = new TextEncoder().encode(payload);
const keys = [];
for (const alg of ["ES256", "EdDSA"]) {
    const { privateKey, publicKey } = await jose.generateKeyPair(alg);
    keys.push({ alg, privateKey, jwk: { ...(await jose.exportJWK(publicKey)), kid: `key-${alg}`, alg } });
}
const [first, second] = keys;
const protectedKid = await new jose.FlattenedSign(bytes)
    .setProtectedHeader({ alg: first.alg, kid: first.jwk.kid })
    .sign(first.privateKey);
const unprotectedKid = await new jose.FlattenedSign(bytes)
    .setProtectedHeader({ alg: first.alg })
    .setUnprotectedHeader({ kid: first.jwk.kid })
    .sign(first.privateKey);
const general = await new jose.GeneralSign(bytes)
    .addSignature(first.privateKey)
    .setProtectedHeader({ alg: first.alg, kid: first.jwk.kid })
    .addSignature(second.privateKey)
    .setProtectedHeader({ alg: second.alg })
    .setUnprotectedHeader({ kid: second.jwk.kid })
    .sign();
const { version } = JSON.parse(readFileSync("node_modules/jose/package.json", "utf8"));
const out = { recordedWith: version, payload, keys: keys.map(({ jwk }) => jwk), flattened: [protectedKid, unprotectedKid], general };
process.stdout.write(JSON.stringify(out, null, 1) + "\n");
