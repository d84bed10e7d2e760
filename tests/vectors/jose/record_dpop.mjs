// Writes dpop.json: DPoP proofs as npm dpop makes them, and as npm jose signs them for algorithms that dpop has not.
// Once: npm install && node record_dpop.mjs > dpop.json
import { readFileSync } from "node:fs";
import * as dpop from "dpop";
import * as jose from "jose";

const htu = "https://api.example/items", token = "an.access.token";

async function byDpop(alg, name, { nonce, accessToken, htm = "GET" }) {
    const keys = await dpop.generateKeyPair(alg);
    const proof = await dpop.generateProof(keys, htu, htm, nonce, accessToken);
    return { name: `${alg} ${name}`, proof, jkt: await dpop.calculateThumbprint(keys.publicKey), htm, nonce, accessToken };
}

async function byJose(alg, options) {
    const { privateKey, publicKey } = await jose.generateKeyPair(alg, options);
    const jwk = await jose.exportJWK(publicKey);
    const proof = await new jose.SignJWT({ htm: "GET", htu, jti: `jose-${alg}` })
        .setProtectedHeader({ typ: "dpop+jwt", alg, jwk })
        .setIssuedAt()
        .sign(privateKey);
    return { name: `${alg} by jose`, proof, jkt: await jose.calculateJwkThumbprint(jwk), htm: "GET" };
}

const rows = [];
for (const alg of ["ES256", "Ed25519", "RS256", "PS256"]) {
    rows.push(await byDpop(alg, "plain", {}));
    rows.push(await byDpop(alg, "with a token", { accessToken: token }));
    rows.push(await byDpop(alg, "with a nonce", { nonce: "n-1", htm: "POST" }));
}
for (const alg of ["ES384", "ES512", "EdDSA", "PS512"]) rows.push(await byJose(alg, {}));
for (const row of rows) row.iat = jose.decodeJwt(row.proof).iat;
const versions = Object.fromEntries(
    ["dpop", "jose"].map((name) => [name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version]),
);
process.stdout.write(JSON.stringify({ recordedWith: versions, htu, proofs: rows }, null, 1) + "\n");
