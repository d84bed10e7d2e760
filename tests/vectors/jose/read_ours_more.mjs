// Reads what our own code wrote beside plain tokens and checks it with npm jose: lines of {kind: "proof", ...} and
// {kind: "flattened" | "general", ...}. node read_ours_more.mjs FILE
import { readFileSync } from "node:fs";
import assert from "node:assert";
import * as jose from "jose";

const lines = readFileSync(process.argv[2], "utf8").trim().split("\n").map((line) => JSON.parse(line));
const counts = {};
for (const line of lines) {
    counts[line.kind] = (counts[line.kind] ?? 0) + 1;
    if (line.kind === "proof") {
        const read = await jose.jwtVerify(line.proof, jose.EmbeddedJWK, {
            typ: "dpop+jwt",
            currentDate: new Date(line.now * 1000),
            maxTokenAge: 60,
        });
        assert.equal(await jose.calculateJwkThumbprint(read.protectedHeader.jwk), line.jkt);
        continue;
    }
    for (const jwk of line.keys) {
        const verify = line.kind === "general" ? jose.generalVerify : jose.flattenedVerify;
        const read = await verify(line.document, await jose.importJWK(jwk, jwk.alg));
        assert.equal(new TextDecoder().decode(read.payload), line.payload, line.kind);
    }
}
assert.deepEqual(Object.keys(counts).sort(), ["flattened", "general", "proof"]);
console.log(`npm jose reads ${lines.length} proofs and documents of ours`);
