// Records tests/contract/schema.golden and schema.postgres.golden from Better Auth itself: `npm i better-auth@1.7.25
// better-sqlite3 pg` in an empty folder, copy this file and schema.postgres.sql there, then
// `node record_schema.mjs > schema.golden` and, with an empty database of PostgreSQL,
// `node record_schema.mjs postgres://... > schema.postgres.golden`.
import { readFileSync } from "node:fs";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";

async function sqlite() {
    const { default: Database } = await import("better-sqlite3");
    const database = new Database(":memory:");
    const schema = "select sql from sqlite_schema where sql is not null order by name";
    return { database, lines: () => database.prepare(schema).all().map(({ sql }) => sql), end: () => {} };
}

async function postgres(url) {
    const { default: pg } = await import("pg");
    const database = new pg.Pool({ connectionString: url });
    const schema = readFileSync("schema.postgres.sql", "utf8");
    return {
        database,
        lines: async () => (await database.query(schema)).rows.map(({ line }) => line),
        end: () => database.end(),
    };
}

const { database, lines, end } = process.argv[2] ? await postgres(process.argv[2]) : await sqlite();
const auth = betterAuth({
    database,
    secret: "recorded once, signs nothing, 40 letters or more",
    baseURL: "http://127.0.0.1:3900",
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: true, storage: "database" },
    plugins: [jwt()],
    telemetry: { enabled: false },
});
const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
for (const line of await lines()) console.log(line);
await end();
