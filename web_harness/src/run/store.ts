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

/** Open the browser's own; where it gives none (some private windows), one that ends with the page. */
export async function openStore(): Promise<Store> {
  try {
    const database = await opened(indexedDB.open(DATABASE, 1));
    return new Lasting(database);
  } catch {
    return new InMemory();
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
