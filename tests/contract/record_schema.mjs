// Records tests/contract/schema.golden from Better Auth itself: `npm i better-auth@1.7.25 better-sqlite3` in an empty
// folder, copy this file there, `node record_schema.mjs > schema.golden`.
import Database from "better-sqlite3";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";

const database = new Database(":memory:");
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
for (const { sql } of database.prepare("select sql from sqlite_schema where sql is not null order by name").all()) {
    console.log(sql);
}
