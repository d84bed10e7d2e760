// Whatever the guard accepts is read by Node's URL parser (WHATWG) as we read it: it stays on a trusted origin, and the
// Location that we write leads to the same place. Generated cases, and recorded ones that may stand beside the repository.
//   urls.mjs PROGRAM [--cases N] [RECORDED.jsonl]
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const [program, ...rest] = process.argv.slice(2);
const count = rest.includes("--cases") ? Number(rest[rest.indexOf("--cases") + 1]) : 30000;
const recorded = rest.find((word) => word.endsWith(".jsonl"));
const base = "https://app.example.com";
const trusted = [base, "https://*.example.org", "myapp://", "other.example.net:8443", "http://10.0.*", "https://path.example.com/ok", "exp://host/in"];

/// mulberry32: the same cases in every run.
function randomOf(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const random = randomOf(20261125);
const pick = (list) => list[Math.floor(random() * list.length)];

const schemes = ["", "", "", "https:", "http:", "exp:", "HTTPS:", "hTtp:", "myapp:", "MyApp:", "javascript:", "data:", "file:", "ftp:", "ws:", "https", ":", "x-https:"];
const slashes = ["//", "//", "//", "/", "///", "\\\\", "/\\", "\\/", "", "//\t", "/\n/", "/%2f", "%2f/", "/%5c", "/./", "/../", "//./"];
const users = ["", "", "", "", "", "user@", "user:pw@", "app.example.com@", "@", ":@", "%40", "app.example.com%40", "\\@", "https://app.example.com@"];
const hosts = ["path.example.com/ok", "path.example.com/ok", "host/in", "host/in", "app.example.com", "app.example.com", "APP.example.COM", "a.example.org", "a.b.example.org", "evil.test", "example.org", "other.example.net", "10.0.0.1",
  "10.0.evil.test", "0x7f.1", "2130706433", "127.1", "017700000001", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1%25eth0]", "app.example.com.", ".app.example.com",
  "app..example.com", "app.example.com.evil.test", "app\u3002example\uff0ecom", "\uff41pp.example.com", "b\u00fccher.example.org", "xn--bcher-kva.example.org",
  "a\u00ad.example.org", "a\u200d.example.org", "app%2eexample%2ecom", "%61pp.example.com", "localhost", "", "a_b.example.org", "-.example.org", "a.example.org\u2044x",
  "app.example.com\u0000", "evil.test#.example.org", "evil.test?.example.org", "evil.test\\.example.org", "evil.test/.example.org", "10.0.0.256", "10.0.1", "1.2.3.4.5"];
const ports = ["", "", "", "", ":443", ":80", ":8443", ":", ":0", ":65535", ":65536", ":0443", ":+443", ": 443", ":44a", ":\uff14\uff14\uff13", ":00000000443"];
const paths = ["", "", "/", "/a", "/a/../b", "/..", "/../..//evil.test", "/%2e%2e/x", "/.%2e//evil.test", "/a b", "/\u00e9", "/\ud83d\ude00", "/a%zz", "/a;b", "/%00", "/a\\b",
  "/.//evil.test", "//evil.test", "/%2f%2fevil.test", "/%5cevil.test", "/a/%2e%2e//evil.test", "/a:b@c", "/\u2028", "/\u0085x", "/[x]", "/a|b", "/^`{}"];
const tails = ["", "", "", "?", "?a=b", "?u=https://evil.test", "#", "#f", "#/\\evil", "?a#b", "?\u00e9=\u00e9", "?'\"<>", "#'\"<>`", "?a=%", "?\\"];
const good = [base, "https://a.example.org", "http://10.0.0.1", "http://other.example.net:8443", "https://path.example.com/ok", "exp://host/in", "myapp://home", "myapp://"];
const noise = ["", "", "", "", "", "\t", "\n", "\r", " ", "\u0000", "\u001f", "\u00a0", "\ufeff", "\u200b", "\\", "/", "@", "%", "\u007f", "\u3000", ".", ":", "?", "#"];

function generated() {
  let text = pick(schemes) + pick(slashes) + pick(users) + pick(hosts) + pick(ports) + pick(paths) + pick(tails);
  const kind = random();
  if (kind < 0.3) text = pick(good) + pick(ports) + pick(paths) + pick(tails);
  else if (kind < 0.6) text = pick(["/", "/a", "/a/b", "/?", "/#"]) + pick(paths) + pick(tails);
  for (let i = 0; i < 2; i++) {
    const at = Math.floor(random() * (text.length + 1));
    text = text.slice(0, at) + pick(noise) + text.slice(at);
  }
  if (random() < 0.1) text = text.slice(Math.floor(random() * text.length));
  return text;
}

function ask(rows) {
  const lines = rows.map((row) => JSON.stringify(row)).join("\n") + "\n";
  const run = spawnSync(program, { input: lines, maxBuffer: 1 << 30, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status}: ${run.stderr}`);
  const answers = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  if (answers.length !== rows.length) throw new Error(`${answers.length} answers to ${rows.length} questions`);
  return answers;
}

/// What the patterns say, written down a second time: labels for `*` where the rule is strict.
function isTrustedOrigin(url, strict) {
  const run = strict ? "[^.]*" : ".*";
  const below = (path) => url.pathname === path || url.pathname.startsWith(path + "/");
  if (url.protocol === "myapp:") return true;
  if (url.protocol === "exp:") return url.host === "host" && below("/in");
  if (url.host === "path.example.com") return url.protocol === "https:" && below("/ok");
  if (url.protocol !== "https:" && url.protocol !== "http:") return false;
  return url.origin === base || url.host === "other.example.net:8443" || new RegExp(`^https://${run}\\.example\\.org$`).test(url.origin) ||
    new RegExp(`^http://10\\.0\\.${strict ? "[^.]*" : "[0-9.:]*"}$`).test(url.origin);
}

/// Rows of the recording that are decided otherwise here, and why.
const decided = {
  "email/34": "the syntax of an address is that of zod, as the wire has it",
  "origin/31": "an app names any host below a scheme that is its own (exp://192.168.0.7:8081)",
};
const differences = [];
function compare(row, answer, seen) {
  let url = null;
  try { url = new URL(row.input, row.base); } catch { /* stays null */ }
  const tell = (what) => differences.push(`${row.profile} ${row.kind} ${JSON.stringify(row.input)}: ${what}; Node: ${url === null ? "no URL" : url.href}`);
  if (!answer.accept) return;
  if (url === null) return tell("accepted");
  if (!isTrustedOrigin(url, row.profile === "native")) return tell(`accepted, and leads to ${url.origin}`);
  seen[url.protocol] = (seen[url.protocol] ?? 0) + 1;
  if (/[^\x20-\x7e]/.test(answer.shown)) return tell(`Location ${JSON.stringify(answer.shown)} is not ASCII`);
  let shown = null;
  try { shown = new URL(answer.shown, row.base); } catch { /* stays null */ }
  if (shown === null || shown.href !== url.href) return tell(`Location ${JSON.stringify(answer.shown)} leads to ${shown?.href}`);
  if (answer.origin !== "" && answer.origin !== url.origin) return tell(`origin ${answer.origin}`);
}

const rows = [];
for (let i = 0; i < count; i++) {
  rows.push({ kind: random() < 0.8 ? "callback-url" : "origin-header", profile: random() < 0.5 ? "native" : "better-auth", base, trusted, input: generated() });
}
const seen = {};
ask(rows).forEach((answer, index) => compare(rows[index], answer, seen));
console.log(`${rows.length} generated, accepted: ${JSON.stringify(seen)}`);
for (const protocol of ["https:", "http:", "myapp:", "exp:"]) {
  if (!(seen[protocol] > 10)) differences.push(`too few ${protocol} targets were accepted for this to say anything`);
}

if (recorded && existsSync(recorded)) {
  const kinds = ["callback-url", "origin-header", "email"];
  const all = readFileSync(recorded, "utf8").trim().split("\n").map((line) => JSON.parse(line)).filter((row) => kinds.includes(row.kind));
  const asked = all.flatMap((row) => ["native", "better-auth"].map((profile) => ({ ...row, profile, base: row.base ?? base, trusted: row.trusted ?? [] })));
  ask(asked).forEach((answer, index) => {
    const row = asked[index];
    if (row.id in decided) return;
    const tell = (what) => differences.push(`${row.profile} ${row.id} ${JSON.stringify(row.input)}: ${what}`);
    const wire = row.profile === "better-auth" && row.better_auth_1_7_25 === "accept";
    if (row.expect === "accept" && !answer.accept) tell("refused");
    if (row.expect === "refuse" && answer.accept && !wire) tell("accepted");
    if (row.kind === "email" && answer.accept && answer.shown !== row.canonical) tell(`canonical ${answer.shown}, not ${row.canonical}`);
    if (row.kind === "callback-url" && answer.accept && new URL(answer.shown, row.base).href !== new URL(row.emit ?? row.input, row.base).href)
      tell(`Location ${answer.shown}, not ${row.emit}`);
  });
  console.log(`${asked.length} recorded`);
}
for (const line of differences.slice(0, 40)) console.log(`differs: ${line}`);
console.log(`${differences.length} differences`);
process.exit(differences.length === 0 ? 0 : 1);
