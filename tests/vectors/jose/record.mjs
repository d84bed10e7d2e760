// Writes vectors.json: one key and one token an algorithm, made by npm jose (6, and 4 for what 6 dropped), with the same
// key in other forms. Once: npm install && node record.mjs > vectors.json
import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import * as jose6 from "jose";
import * as jose4 from "jose4";

const claims = {
    iss: "https://id.example",
    sub: "user-ü-1",
    aud: ["https://api.example", "https://other.example"],
    iat: 1800000000,
    exp: 1800000300,
    jti: "token-1",
    scope: "read write",
    nested: { list: [1, 2.5, null, true], text: "a\"b\\c/\u0001\u{1F511}" },
};
const rows = [
    ...["HS256", "HS384", "HS512", "RS256", "PS384", "RS512", "PS256", "RS384", "PS512"].map((alg) => [jose6, alg, {}]),
    [jose6, "ES256", {}],
    [jose6, "ES384", {}],
    [jose6, "ES512", {}],
    [jose6, "EdDSA", { crv: "Ed25519" }],
    [jose6, "Ed25519", {}],
    [jose4, "ES256K", {}],
    [jose4, "EdDSA", { crv: "Ed448" }],
];
const b64u = (bytes) => Buffer.from(bytes).toString("base64url");

async function record([jose, alg, options]) {
    const symmetric = alg.startsWith("HS");
    const made = symmetric
        ? await jose.generateSecret(alg, { extractable: true })
        : await jose.generateKeyPair(alg, { extractable: true, ...options });
    const privateJwk = await jose.exportJWK(symmetric ? made : made.privateKey);
    const publicJwk = symmetric ? null : await jose.exportJWK(made.publicKey);
    const thumbprint = await jose.calculateJwkThumbprint(privateJwk);
    const kid = `key-${alg}${options.crv ?? ""}`;
    const token = await new jose.SignJWT(claims)
        .setProtectedHeader({ alg, kid, typ: "at+jwt" })
        .sign(symmetric ? made : made.privateKey);
    const out = { alg, crv: options.crv ?? null, kid, thumbprint, privateJwk, publicJwk, token };
    if (!symmetric) {
        const half = createPublicKey({ key: publicJwk, format: "jwk" });
        const pair = createPrivateKey({ key: privateJwk, format: "jwk" });
        out.spki = half.export({ type: "spki", format: "pem" });
        out.spkiDer = b64u(half.export({ type: "spki", format: "der" }));
        out.pkcs8Der = b64u(pair.export({ type: "pkcs8", format: "der" }));
        if (publicJwk.kty === "EC") out.traditionalDer = b64u(pair.export({ type: "sec1", format: "der" }));
        if (publicJwk.kty === "RSA") out.traditionalDer = b64u(pair.export({ type: "pkcs1", format: "der" }));
    }
    return out;
}

async function detached(row) {
    const key = await jose6.importJWK(row.privateJwk, row.alg);
    const payload = "a payload. with dots";
    const make = async (header) => {
        const jws = await new jose6.FlattenedSign(new TextEncoder().encode(payload)).setProtectedHeader(header).sign(key);
        return `${jws.protected}..${jws.signature}`;
    };
    return {
        payload,
        encoded: await make({ alg: row.alg, kid: row.kid }),
        unencoded: await make({ alg: row.alg, kid: row.kid, b64: false, crit: ["b64"] }),
    };
}

/// A certificate over the recorded key: openssl writes it, nothing else of it is looked at.
function certificate(row) {
    const folder = mkdtempSync(join(tmpdir(), "jose-"));
    const key = join(folder, "key.pem"), out = join(folder, "certificate.pem");
    writeFileSync(key, createPrivateKey({ key: row.privateJwk, format: "jwk" }).export({ type: "pkcs8", format: "pem" }));
    execFileSync("openssl", ["req", "-x509", "-key", key, "-subj", "/CN=vectors", "-days", "3650", "-out", out]);
    return readFileSync(out, "utf8");
}

const algorithms = [];
for (const row of rows) algorithms.push(await record(row));
const ps256 = algorithms.find((row) => row.alg === "PS256"), es256 = algorithms.find((row) => row.alg === "ES256");
const versions = Object.fromEntries(
    ["jose", "jose4"].map((name) => [name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version]),
);
process.stdout.write(
    JSON.stringify(
        {
            recordedWith: versions,
            claims,
            algorithms,
            detached: await detached(es256),
            certificates: { "key-ES256": certificate(es256), "key-PS256": certificate(ps256) },
        },
        null,
        1,
    ) + "\n",
);
