/**
 * Who logs in, and with which password: `--password-stdin`, the book, `AMT_PASSWORD`, and last a question at the
 * terminal, once for all machines that need it. Never an option's value.
 */
import type { Book } from '@amtkit/core/automation';
import type { App } from './app.ts';
import { UsageError } from './exit.ts';
import type { Target } from './targets.ts';

/** User and password. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** What was typed about credentials. */
export interface LoginOptions {
  readonly user?: string | undefined;
  readonly credentials?: string | undefined;
  readonly 'password-stdin'?: boolean | undefined;
}

/** Logins by machine; everything that must be asked was asked when this resolves. @throws UsageError, Interrupted */
export async function loginsFor(
  app: Pick<App, 'prompt' | 'env'>,
  book: Pick<Book, 'machines' | 'credentials' | 'credentialsOf' | 'secret'>,
  targets: readonly Target[],
  options: LoginOptions,
): Promise<(name: string) => Promise<Login>> {
  if (options.credentials !== undefined) {
    const login = namedLogin(book, options.credentials);
    return () => login();
  }
  const typed = options['password-stdin'] ? await app.prompt.lineOfStdin('password-stdin') : undefined;
  const bookHas = (name: string): boolean => {
    const entry = book.machines.get(name);
    const set = entry?.credentials === undefined ? undefined : book.credentials.get(entry.credentials);
    return options.user === undefined && (set ?? entry)?.password !== undefined;
  };
  const userOf = (name: string): string => {
    const entry = book.machines.get(name);
    const set = entry?.credentials === undefined ? undefined : book.credentials.get(entry.credentials);
    return options.user ?? set?.user ?? entry?.user ?? 'admin';
  };
  const without = targets.filter(({ name }) => !bookHas(name)).map(({ name }) => name);
  let password = typed ?? (app.env.AMT_PASSWORD || undefined);
  if (password === undefined && without.length > 0) {
    const users = [...new Set(without.map(userOf))];
    const whose = users.length === 1 ? ` of ${users[0]}` : '';
    password = await app.prompt.secret(
      `Password${whose} for ${named(without)}:`,
      '--password-stdin or AMT_PASSWORD, or put it into the book',
    );
  }
  return async (name) => {
    if (typed === undefined && bookHas(name)) return await book.credentialsOf(name);
    if (password === undefined) return await book.credentialsOf(name);
    return { user: userOf(name), password };
  };
}

/** A login, and how the book is to remember it. */
export interface NewLogin {
  readonly login: Login;
  /** Keys of a machine's entry. */
  readonly entry:
    | { readonly credentials: string }
    | { readonly user: string; readonly password: string | { env: string } };
}

/**
 * The login for machines that come into the book. A password from `AMT_PASSWORD` is remembered as a reference to it, one
 * that was typed as it is: the book is readable by its owner only. @throws UsageError, Interrupted
 */
export async function newLogin(
  app: Pick<App, 'prompt' | 'env'>,
  book: Pick<Book, 'credentials' | 'secret'>,
  options: LoginOptions,
  whom: string,
): Promise<NewLogin> {
  if (options.credentials !== undefined) {
    return { login: await namedLogin(book, options.credentials)(), entry: { credentials: options.credentials } };
  }
  const fromStdin = options['password-stdin'] ? await app.prompt.lineOfStdin('password-stdin') : undefined;
  const fromEnv = app.env.AMT_PASSWORD || undefined;
  const mustAsk = fromStdin === undefined && fromEnv === undefined;
  const user =
    options.user ?? (mustAsk && app.prompt.possible ? await app.prompt.text('User:', '--user', 'admin') : 'admin');
  if (fromStdin === undefined && fromEnv !== undefined) {
    return { login: { user, password: fromEnv }, entry: { user, password: { env: 'AMT_PASSWORD' } } };
  }
  const password =
    fromStdin ??
    (await app.prompt.secret(`Password of ${user} for ${whom}:`, '--credentials, --password-stdin or AMT_PASSWORD'));
  return { login: { user, password }, entry: { user, password } };
}

/** The login of a set of the book. @throws UsageError */
function namedLogin(book: Pick<Book, 'credentials' | 'secret'>, name: string): () => Promise<Login> {
  const set = book.credentials.get(name);
  if (set === undefined) {
    const known = [...book.credentials.keys()];
    const hint = known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`;
    throw new UsageError(`The book has no credentials called ${name}.`, hint);
  }
  return async () => ({
    user: set.user,
    password: await book.secret(set.password, `The password of the credentials ${name}`),
  });
}

/** Up to three names, and how many more. */
export function named(names: readonly string[]): string {
  if (names.length <= 4) return names.join(', ');
  return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
