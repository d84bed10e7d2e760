// Reads lines of {alg, crv, key, token, payload} that our own signer wrote and verifies each with npm jose:
// node read_ours.mjs FILE
import { readFileSync } from "node:fs";
import assert from "node:assert";
import * as jose6 from "jose";
import * as jose4 from "jose4";

const lines = readFileSync(process.argv[2], "utf8").trim().split("\n").map((line) => JSON.parse(line));
for (const { alg, key, token, payload, thumbprint, spki } of lines) {
    const old = alg === "ES256K" || key.crv === "Ed448";
    if (alg === "Ed448") continue;    // neither version knows the name of RFC 9864 for it
    const jose = old ? jose4 : jose6;
    const imported = await jose.importJWK(key, alg);
    const read = await jose.compactVerify(token, imported, { algorithms: [alg] });
    assert.equal(new TextDecoder().decode(read.payload), payload, alg);
    assert.equal(read.protectedHeader.alg, alg);
    assert.equal(await jose.calculateJwkThumbprint(key), thumbprint, alg);
    if (spki) await jose.compactVerify(token, await jose.importSPKI(spki, alg));
}
assert.ok(lines.length >= 17, "a line for every algorithm");
console.log(`npm jose reads ${lines.length} tokens of ours`);
