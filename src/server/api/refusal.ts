/** An answer to a request that cannot be met, and what to do about it. */
export class Refusal {
  readonly hint: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 500 | 503,
    readonly error: string,
    details: { readonly hint: string; readonly headers?: Readonly<Record<string, string>> },
  ) {
    this.hint = details.hint;
    this.headers = details.headers ?? (status === 401 ? { 'www-authenticate': 'Bearer' } : {});
  }
}
