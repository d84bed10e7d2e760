// Makes a key and a token and verifies it: npm install && node verify.mjs
import { Key, PUBLIC_SET, Refused, Verifier } from "./countersign.mjs";

const policy = `
issuer = "https://id.example"
audience = "https://api.example"
typ = "at+jwt"
algorithms = ["ES256"]
`;
const key = new Key("ES256");
const verifier = new Verifier(policy, key.write(PUBLIC_SET));
const now = Math.floor(Date.now() / 1000);
const token = key.sign({ iss: "https://id.example", aud: "https://api.example", sub: "ada", iat: now, exp: now + 300 }, "at+jwt");
console.log(`accepted: ${verifier.verify(token).subject}`);
try {
  verifier.verify(token.slice(0, -1));
  process.exitCode = 1;
} catch (refused) {
  if (!(refused instanceof Refused)) throw refused;
  console.log(`refused: ${refused.message}\nfor the log: ${refused.label}`);
}
verifier.close();
key.close();
