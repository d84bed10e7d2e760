// Records vectors.json beside it from Better Auth itself: `npm i better-auth@1.7.25` in an empty folder, copy this file
// there, `node record.mjs > vectors.json`. Every value and verdict is what the package answered. Salts, nonces and the
// Ed25519 key are fresh on each run: a new recording differs in them and in what follows from them.
import { readFileSync } from "node:fs";
import { base64Url } from "@better-auth/utils/base64";
import { createHash } from "@better-auth/utils/hash";
import { createHMAC } from "@better-auth/utils/hmac";
import { symmetricDecrypt, symmetricEncrypt, hashPassword, verifyPassword } from "better-auth/crypto";
import { generateExportedKeyPair } from "better-auth/plugins/jwt";
import { createEndpoint, serializeCookie, serializeSignedCookie } from "better-call";
import { CompactSign, calculateJwkThumbprint, importJWK } from "jose";
// Not exported by the package, but the one that its OAuth code uses.
const { derivePurposeKey } = await import("./node_modules/better-auth/dist/crypto/purpose.mjs");

const secret = "recorded-secret-0123456789abcdefghijklmnopqr";
const unicodeSecret = "ß-ключ-🔑-secret";
const name = "better-auth.session_token";
const utf8 = (text) => new TextEncoder().encode(text);
const version = (pkg) => JSON.parse(readFileSync(`./node_modules/${pkg}/package.json`, "utf8")).version;

/** [{...row, [member]: await answer(row)}] */
async function answers(rows, member, answer) {
    return Promise.all(rows.map(async (row) => ({ ...row, [member]: await answer(row) })));
}

const sessionOptions = { maxAge: 604800, path: "/", httpOnly: true, sameSite: "lax" };
const crossSite = {
    maxAge: 10.9, domain: "example.com", path: "/", httpOnly: true, secure: true, sameSite: "none", partitioned: true,
};
const signedCookie = await answers(
    [
        { name, value: "abc", secret, options: {} },
        { name, value: "uF3RFlbwTJZ0OkaY1zC8Ie8e2b22CHB4", secret, options: sessionOptions },
        { name: "__Secure-" + name, value: "true", secret: unicodeSecret, options: crossSite },
        { name: "__Host-" + name, value: "a.b.c", secret, options: { path: "/" } },
        { name, value: "a b+c/d=é%41", secret, options: {} },
        { name, value: "密码🔑!'()*~-_", secret: unicodeSecret, options: {} },
    ],
    "setCookie",
    (row) => serializeSignedCookie(row.name, row.value, row.secret, row.options),
);
const plainCookie = await answers(
    [
        { name: "better-auth.session_data", value: 'a b;c,d"é' },
        { name: "better-auth.session_data", value: "" },
    ],
    "setCookie",
    (row) => serializeCookie(row.name, row.value, {}),
);

// Reading: the text after `name=` in a Cookie header. A refused cookie carries a good signature wherever it can, so
// that nothing but what its case names is wrong with it.
// The package answers null for a malformed text and false for a wrong signature; the file says null for both.
const endpoint = createEndpoint("/", { method: "GET" }, (ctx) => ctx.getSignedCookie(name, ctx.query.secret));
const read = async (row) =>
    (await endpoint({ headers: { cookie: `${name}=${row.cookie}` }, query: { secret: row.secret } })) || null;
const encoded = (await serializeSignedCookie(name, "abc", secret)).slice(name.length + 1);
const plain = decodeURIComponent(encoded);
const signatureOf = async (value) => decodeURIComponent(await serializeSignedCookie("", value, secret)).slice(-44);
const signature = await signatureOf("abc");
const urlSafe = signature.replaceAll("+", "-").replaceAll("/", "_");
if (urlSafe === signature) throw new Error("choose a secret whose signature of abc has a + or a /");
const openedCookie = await answers(
    [
        { case: "as sent", cookie: encoded },
        { case: "not percent-encoded", cookie: plain },
        { case: "lower-case percent digits", cookie: encoded.replace(/%[0-9A-F]{2}/g, (x) => x.toLowerCase()) },
        { case: "malformed percent-encoding is read as it is", cookie: "50%." + (await signatureOf("50%")) },
        { case: "another secret", cookie: encoded, secret: secret + "x" },
        { case: "a value with a changed letter", cookie: "abd." + signature },
        { case: "a value with one letter more", cookie: "abcd." + signature },
        { case: "a dot in the value moves nothing", cookie: "a.bc." + signature },
        { case: "no value", cookie: "." + (await signatureOf("")) },
        { case: "no dot", cookie: "abc" + signature },
        { case: "no signature", cookie: "abc." },
        { case: "a signature without its padding", cookie: plain.slice(0, -1) },
        { case: "a signature cut by four letters", cookie: plain.slice(0, -5) + "=" },
        { case: "44 characters without padding", cookie: plain.slice(0, -1) + "A" },
        { case: "the base64url alphabet", cookie: "abc." + urlSafe },
        { case: "a percent sign too many", cookie: encoded + "%" },
        { case: "encoded twice", cookie: encodeURIComponent(encoded) },
        { case: "empty", cookie: "" },
    ].map((row) => ({ secret, ...row })),
    "value",
    read,
);

// The last letter before `=` carries two bits that base64 does not use; the package ignores them.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const last = alphabet.indexOf(signature[42]);
const looseSignature = await answers(
    [1, 2, 3].map((bits) => ({ secret, cookie: plain.slice(0, -2) + alphabet[last ^ bits] + "=" })),
    "value",
    read,
);

const password = await answers(
    [
        { password: "correct horse battery" },
        { password: "pässwörd—Ⅷ①" },
        { password: "" },
        { password: "x".repeat(128) },
        { password: "🔑密码" },
        { password: "\ufb01anc\u00e9 \ufdfa \u212b" },
        { password: "nul\u0000inside" },
        { password: " spaces\tstay " },
    ],
    "hash",
    (row) => hashPassword(row.password),
);
const hashed = password[1].hash;
const passwordVerify = await answers(
    [
        { hash: hashed, password: "pässwörd—VIII1" },
        { hash: hashed, password: "pa\u0308sswo\u0308rd—Ⅷ①" },
        { hash: hashed, password: "pässwörd—VIII2" },
        { hash: hashed, password: "password—Ⅷ①" },
        { hash: password[0].hash, password: "correct horse batterz" },
        { hash: password[0].hash, password: "Correct horse battery" },
        { hash: password[5].hash, password: "fianc\u00e9 صلى الله عليه وسلم \u00c5" },
        { hash: password[6].hash, password: "nul" },
        { hash: password[7].hash, password: "spaces\tstay" },
    ],
    "match",
    (row) => verifyPassword(row),
);
const passwordUnreadable = [];
for (const hash of ["", "plain", ":" + "0".repeat(128), "0".repeat(32) + ":", "0".repeat(32)]) {
    await verifyPassword({ hash, password: "x" }).then(
        () => { throw new Error("was readable: " + hash); },
        () => passwordUnreadable.push(hash),
    );
}

const sealedRows = [
    { key: secret, data: "hello world" },
    { key: secret, data: "" },
    { key: unicodeSecret, data: "ünïcödé 🔑" },
    { key: "", data: "an empty secret" },
    { key: secret, data: JSON.stringify({ crv: "Ed25519", d: "not a key", x: "not one either", kty: "OKP" }) },
    { key: secret, data: "long ".repeat(200) },
];
const symmetric = await answers(sealedRows, "ciphertext", (row) => symmetricEncrypt(row));

const secrets = {
    1: "first-recorded-secret-abcdefghijklmnopqrstuvwxyz",
    2: "second-recorded-secret-abcdefghijklmnopqrstuvwxyz",
    10: "tenth-recorded-secret-abcdefghijklmnopqrstuvwxyz",
};
const keys = new Map(Object.entries(secrets).map(([number, value]) => [Number(number), value]));
const ring = (currentVersion) => ({ keys, currentVersion, legacySecret: secret });
const sealed = (currentVersion, data) => symmetricEncrypt({ key: ring(currentVersion), data });
const [first, second, tenth] = [await sealed(1, "by 1"), await sealed(2, "hello"), await sealed(10, "by 10")];
const changed = (sealedText, at) => {
    const index = at < 0 ? sealedText.length + at : at;
    return sealedText.slice(0, index) + (sealedText[index] === "0" ? "1" : "0") + sealedText.slice(index + 1);
};
// Opened with all of `secrets` and `legacy`, 2 being current.
const open = (row) => symmetricDecrypt({ key: ring(2), data: row.ciphertext }).catch(() => null);
const opened = await answers(
    [
        { case: "current version", ciphertext: second },
        { case: "older version", ciphertext: first },
        { case: "version of two digits", ciphertext: tenth },
        { case: "bare, under the legacy secret", ciphertext: symmetric[0].ciphertext },
        { case: "bare, under a versioned secret", ciphertext: second.slice(6) },
        { case: "the envelope of another version", ciphertext: "$ba$1$" + second.slice(6) },
        { case: "unknown version", ciphertext: "$ba$3$" + second.slice(6) },
        { case: "negative version", ciphertext: "$ba$-2$" + second.slice(6) },
        { case: "no version", ciphertext: "$ba$$" + second.slice(6) },
        { case: "a version that is no number", ciphertext: "$ba$x$" + second.slice(6) },
        { case: "no second dollar", ciphertext: "$ba$2" + second.slice(6) },
        { case: "the envelope alone", ciphertext: "$ba$2$" },
        { case: "a nonce alone", ciphertext: second.slice(0, 6 + 48) },
        { case: "a tag cut short", ciphertext: second.slice(0, -2) },
        { case: "half a byte more", ciphertext: second + "0" },
        { case: "a changed digit of the nonce", ciphertext: changed(second, 6) },
        { case: "a changed digit of the text", ciphertext: changed(second, 6 + 48) },
        { case: "a changed digit of the tag", ciphertext: changed(second, -1) },
        { case: "not hex", ciphertext: "z" + second.slice(7) },
        { case: "empty", ciphertext: "" },
    ],
    "data",
    open,
);
// Texts that the package opens and never writes.
const looseCiphertext = await answers(
    [
        { case: "upper-case hex", ciphertext: symmetric[0].ciphertext.toUpperCase() },
        { case: "a version with a leading zero", ciphertext: "$ba$02$" + second.slice(6) },
        { case: "a version with a letter behind it", ciphertext: "$ba$2x$" + second.slice(6) },
        { case: "a version with a blank before it", ciphertext: "$ba$ 2$" + second.slice(6) },
    ],
    "data",
    open,
);

const purposes = [
    "oauth-state-cookie", "oauth-link-session-token", "oauth-proxy-profile", "oauth-proxy-package", "oauth-proxy-state",
];
const hmacData = "user!trust-device-abc";
const tokenHashes = await answers(
    [{ input: "reset-password:token" }, { input: "ck_abc" }, { input: "123456" }, { input: "" }, { input: "é🔑" }],
    "hash",
    async ({ input }) => {
        const digest = await createHash("SHA-256").digest(utf8(input));
        return base64Url.encode(new Uint8Array(digest), { padding: false });
    },
);

// As the jwt plugin makes, stores and uses its default key. Ed25519 signatures are a function of key and text.
const { publicWebKey, privateWebKey } = await generateExportedKeyPair();
const signingKey = await importJWK(privateWebKey, "EdDSA");
const ed25519 = {
    publicKey: JSON.stringify(publicWebKey),
    privateKey: JSON.stringify(privateWebKey),
    thumbprint: await calculateJwkThumbprint(publicWebKey),
    jws: await new CompactSign(utf8('{"sub":"recorded"}')).setProtectedHeader({ alg: "EdDSA" }).sign(signingKey),
};

const packages = ["better-auth", "better-call", "@better-auth/utils", "jose"];
const recorded = {
    recordedWith: Object.fromEntries(packages.map((pkg) => [pkg, version(pkg)])),
    secret,
    signedCookie,
    plainCookie,
    openedCookie,
    looseSignature,
    password,
    passwordVerify,
    passwordUnreadable,
    symmetricEncrypt: symmetric,
    symmetricEncryptVersioned: { secrets, legacy: secret, current: 2, data: "hello", ciphertext: second },
    symmetricDecryptVersioned: { secrets, legacy: secret, current: 2, rows: opened, loose: looseCiphertext },
    purposeKeys: Object.fromEntries(purposes.map((purpose) => [purpose, derivePurposeKey(secret, purpose)])),
    hmacBase64urlNoPad: {
        data: hmacData,
        mac: await createHMAC("SHA-256", "base64urlnopad").sign(secret, hmacData),
    },
    sha256Base64urlNoPad: tokenHashes,
    ed25519,
};
console.log(JSON.stringify(recorded, null, 1));
