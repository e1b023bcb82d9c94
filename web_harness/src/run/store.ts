// What outlives the page: a table of values by name, in IndexedDB where the browser gives it, else in memory.

/** A table by name. Values are what the browser can clone; a value that was put is whole or not there. */
export interface Store {
  /** Whether it outlives the page. */
  readonly lasts: boolean;
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  /** Return the names that begin so, sorted. */
  keys(start: string): Promise<string[]>;
}

const DATABASE = "pocketseg";
const TABLE = "kept";
const OPENS_WITHIN_MS = 5000;

/** Open the browser's own; where it gives none (some private windows), one that ends with the page. */
export async function openStore(): Promise<Sturdy> {
  try {
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error("the browser's storage does not open")), OPENS_WITHIN_MS),
    );
    return new Sturdy(new Lasting(await Promise.race([opened(indexedDB.open(DATABASE, 1)), late])));
  } catch {
    return new Sturdy(new InMemory());
  }
}

function opened(request: IDBOpenDBRequest): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab keeps the storage"));
  });
}

/**
 * A store that goes on in memory where the one below fails in the middle: its disk is full, or its data were cleared.
 *
 * What this page put stays readable; `lasts` is false from then on.
 */
export class Sturdy implements Store {
  private isWhole = true;
  private readonly own = new InMemory();
  /** Names whose last value, or whose removal, is in memory alone. */
  private readonly onlyOwn = new Set<string>();
  private readonly hearers: (() => void)[] = [];

  constructor(private readonly below: Store) {}

  get lasts(): boolean {
    return this.below.lasts && this.isWhole;
  }

  /** Call once it does not outlive the page any more. */
  onLost(hear: () => void): void {
    if (this.isWhole) this.hearers.push(hear);
    else hear();
  }

  async get(key: string): Promise<unknown> {
    if (this.onlyOwn.has(key)) return this.own.get(key);
    try {
      return await this.below.get(key);
    } catch {
      this.lost();
      return this.own.get(key);
    }
  }

  async put(key: string, value: unknown): Promise<void> {
    await this.own.put(key, value);
    try {
      await this.below.put(key, value);
      this.onlyOwn.delete(key);
    } catch {
      this.onlyOwn.add(key);
      this.lost();
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.own.remove(keys);
    try {
      await this.below.remove(keys);
      for (const key of keys) this.onlyOwn.delete(key);
    } catch {
      for (const key of keys) this.onlyOwn.add(key);
      this.lost();
    }
  }

  async keys(start: string): Promise<string[]> {
    const here = await this.own.keys(start);
    try {
      const there = (await this.below.keys(start)).filter((key) => !this.onlyOwn.has(key));
      return [...new Set([...there, ...here])].sort();
    } catch {
      this.lost();
      return here;
    }
  }

  private lost(): void {
    if (!this.isWhole) return;
    this.isWhole = false;
    for (const hear of this.hearers.splice(0)) hear();
  }
}

class Lasting implements Store {
  readonly lasts = true;

  constructor(private readonly database: IDBDatabase) {
    database.onversionchange = () => database.close();
  }

  get(key: string): Promise<unknown> {
    return this.done("readonly", (table) => table.get(key));
  }

  async put(key: string, value: unknown): Promise<void> {
    await this.done("readwrite", (table) => table.put(value, key));
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.done("readwrite", (table) => table.delete(key));
  }

  async keys(start: string): Promise<string[]> {
    const range = IDBKeyRange.bound(start, `${start}\uffff`);
    return (await this.done("readonly", (table) => table.getAllKeys(range))) as string[];
  }

  /** A request counts once its transaction is complete: only then it is on the disk. */
  private done<T>(mode: IDBTransactionMode, ask: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(TABLE, mode);
      const request = ask(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("the browser did not store it"));
    });
  }
}

/** One that ends with the page: of browsers that store nothing, and of tests. */
export class InMemory implements Store {
  readonly lasts: boolean;
  private readonly table: Map<string, unknown>;

  constructor(table: Map<string, unknown> = new Map(), lasts = false) {
    this.table = table;
    this.lasts = lasts;
  }

  async get(key: string): Promise<unknown> {
    return structuredClone(this.table.get(key));
  }

  async put(key: string, value: unknown): Promise<void> {
    this.table.set(key, structuredClone(value));
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.table.delete(key);
  }

  async keys(start: string): Promise<string[]> {
    return [...this.table.keys()].filter((key) => key.startsWith(start)).sort();
  }
}
