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

async function show_session(): Promise<void> {
    reference = "";
    const { data, error } = await auth.getSession();
    if (error) complain(error);
    find("guest").hidden = data !== null;
    find("member").hidden = data === null;
    find("token").hidden = true;
    if (!data) return;
    find("user-name").textContent = data.user.name;
    find("user-email").textContent = data.user.email;
    find("user-id").textContent = data.user.id;
    find("expires").textContent = new Date(data.session.expiresAt).toLocaleString();
}

function part(token: string, index: number): string {
    const text = (token.split(".")[index] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 2);
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
    find("token-header").textContent = part(data.token, 0);
    find("token-claims").textContent = part(data.token, 1);
    find("token").hidden = false;
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
