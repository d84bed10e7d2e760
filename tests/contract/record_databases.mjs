// Records tests/contract/databases: what the migrations of several releases of Better Auth make of an empty database.
// For each release: `npm i better-auth@RELEASE pg` in an empty folder with `{"type":"module"}` as package.json, copy this
// file there, then with Node 22 and an empty database of PostgreSQL
// `node record_databases.mjs sqlite > better-auth-RELEASE.sqlite.sql` (with `serial`: better-auth-RELEASE.sqlite-serial.sql)
// and for each form of ids
// `node record_databases.mjs postgres://... text|uuid|serial > better-auth-RELEASE.postgres-FORM.sql`.
import { betterAuth } from "better-auth";
import { jwt } from "better-auth/plugins";

const { getMigrations } = await import("better-auth/db/migration").catch(() => import("better-auth/db"));
const [place, ids = "text"] = process.argv.slice(2);

async function open() {
    if (place === "sqlite") {
        const { DatabaseSync } = await import("node:sqlite");
        return { database: new DatabaseSync(":memory:"), end: () => {} };
    }
    const { default: pg } = await import("pg");
    const database = new pg.Pool({ connectionString: place });
    return { database, end: () => database.end() };
}

const { database, end } = await open();
const auth = betterAuth({
    database,
    secret: "recorded once, signs nothing, 40 letters or more",
    baseURL: "http://127.0.0.1:3900",
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: true, storage: "database" },
    plugins: [jwt()],
    // 1.4 knows serial ids by their older name.
    advanced: ids === "text" ? {} : { database: { generateId: ids, useNumberId: ids === "serial" } },
    telemetry: { enabled: false },
});
const { compileMigrations } = await getMigrations(auth.options);
console.log((await compileMigrations()).replaceAll(";\n\n", ";\n"));
await end();
