import { createAuthClient } from "better-auth/client";

type Failure = { message?: string; statusText?: string };
type Answer<T> = { data: T | null; error: Failure | null };

// The reference travels in a header, which the client's error object does not carry.
let reference = "";

const auth = createAuthClient({
    fetchOptions: {
        onResponse({ response }) {
            reference = response.headers.get("x-request-id") ?? "";
        },
    },
});

function find<T extends HTMLElement>(id: string): T {
    const element = document.getElementById(id);
    if (!element) throw new Error(`no element ${id}`);
    return element as T;
}

function complain(failure: Failure | null): void {
    const notice = find("notice");
    notice.hidden = failure === null;
    if (!failure) return;
    const text = failure.message || failure.statusText || "The server did not answer";
    notice.textContent = reference ? `${text} (reference ${reference})` : text;
    notice.focus();
}

function show_time(id: string, instant: Date): void {
    const element = find<HTMLTimeElement>(id);
    element.dateTime = instant.toISOString();
    element.textContent = instant.toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
}

function forget_token(): void {
    find("token").hidden = true;
    find("copied").hidden = true;
    for (const id of ["token-text", "token-header", "token-claims", "token-check"]) find(id).textContent = "";
}

async function show_session(): Promise<void> {
    reference = "";
    const { data, error } = await auth.getSession();
    if (error) complain(error);
    find("guest").hidden = data !== null;
    find("member").hidden = data === null;
    forget_token();
    if (!data) return;
    find("user-name").textContent = data.user.name;
    find("user-email").textContent = data.user.email;
    find("user-id").textContent = data.user.id;
    show_time("expires", new Date(data.session.expiresAt));
}

type Claims = { iss: string; aud: string | string[]; exp: number };

function decode(part: string): Record<string, unknown> {
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
}

function spans(parts: string[]): Node[] {
    return parts.flatMap((text, index) => {
        const span = document.createElement("span");
        span.className = `part-${index}`;
        span.textContent = text;
        return index === 0 ? [span] : [document.createTextNode("."), span];
    });
}

// What a developer pastes into an API to check exactly this kind of token.
function checking_code(header: Record<string, unknown>, { iss, aud }: Claims): string {
    const type = header.typ ? { typ: header.typ } : {};
    const policy = { issuer: iss, audience: Array.isArray(aud) ? aud[0] : aud, ...type, algorithms: [header.alg] };
    return [
        'import { createRemoteJWKSet, jwtVerify } from "jose";',
        `const keys = createRemoteJWKSet(new URL("${location.origin}/api/auth/jwks"));`,
        "const { payload } = await jwtVerify(token, keys, {",
        ...Object.entries(policy).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`),
        "});",
    ].join("\n");
}

function show_token(token: string): void {
    const parts = token.split(".");
    const header = decode(parts[0] ?? "");
    const claims = decode(parts[1] ?? "");
    find("token-text").replaceChildren(...spans(parts));
    find("token-header").textContent = JSON.stringify(header, null, 2);
    find("token-claims").textContent = JSON.stringify(claims, null, 2);
    find("token-check").textContent = checking_code(header, claims as Claims);
    show_time("token-ends", new Date((claims as Claims).exp * 1000));
    find("copied").hidden = true;
    find("token").hidden = false;
    find("token-title").focus();
}

async function attempt<T>(button: HTMLButtonElement, ask: () => Promise<Answer<T>>): Promise<T | null> {
    button.disabled = true;
    reference = "";
    complain(null);
    try {
        const { data, error } = await ask();
        if (error) complain(error);
        return error ? null : data;
    } catch {
        complain({});
        return null;
    } finally {
        button.disabled = false;
    }
}

function on_submit(id: string, ask: (field: (name: string) => string) => Promise<Answer<unknown>>): void {
    const form = find<HTMLFormElement>(id);
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const fields = new FormData(form);
        const button = form.querySelector<HTMLButtonElement>("button[type=submit]")!;
        if (!(await attempt(button, () => ask((name) => String(fields.get(name) ?? ""))))) return;
        form.reset();
        await show_session();
        find("member-title").focus();
    });
}

on_submit("sign-in", (f) => auth.signIn.email({ email: f("email"), password: f("password") }));
on_submit("sign-up", (f) => auth.signUp.email({ name: f("name"), email: f("email"), password: f("password") }));

find<HTMLButtonElement>("sign-out").addEventListener("click", async (event) => {
    if (!(await attempt(event.currentTarget as HTMLButtonElement, () => auth.signOut()))) return;
    await show_session();
    find("in-email").focus();
});

find<HTMLButtonElement>("get-token").addEventListener("click", async (event) => {
    const button = event.currentTarget as HTMLButtonElement;
    const data = await attempt(button, () => auth.$fetch<{ token: string }>("/token"));
    if (!data) return;
    show_token(data.token);
});

// Without a secure context there is no clipboard: then the token is selected, ready to be copied by hand.
find("copy-token").addEventListener("click", async () => {
    const text = find("token-text");
    const copied = find("copied");
    try {
        await navigator.clipboard.writeText(text.textContent ?? "");
        copied.textContent = "Copied.";
    } catch {
        getSelection()?.selectAllChildren(text);
        copied.textContent = "Selected: copy it with the keyboard.";
    }
    copied.hidden = false;
});

for (const toggle of document.querySelectorAll<HTMLButtonElement>("button.show")) {
    toggle.addEventListener("click", () => {
        const field = find<HTMLInputElement>(toggle.getAttribute("aria-controls") ?? "");
        const shown = field.type === "text";
        field.type = shown ? "password" : "text";
        toggle.setAttribute("aria-pressed", String(!shown));
        toggle.textContent = shown ? "Show" : "Hide";
    });
}

void show_session().catch(() => complain({}));
