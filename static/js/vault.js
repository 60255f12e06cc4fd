// Where the tokens of a sign-in lie: one record in IndexedDB, which all tabs see in one order. What
// one tab writes to localStorage another may see a moment later, which is too late for a token
// that works only once. Here lies the lock of the exchange, too, where browsers have none: Web Locks
// exist in secure contexts only.

const NAME = "vphost";
const STORE = "sign-in";
const RECORD = "tokens";
const LOCK = "lock";
/** After so long a tab that has taken the lock is believed to be closed. */
export const LOCK_MS = 15_000;
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function act(mode, what) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const asked = what(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Return {access, refresh, refresh_at, user} as the last tab left it, or undefined. */
export const held = () => act("readonly", (store) => store.get(RECORD));

export const hold = (tokens) => act("readwrite", (store) => store.put(tokens, RECORD));

export const drop = () => act("readwrite", (store) => store.delete(RECORD));

/** Take the lock unless another tab has it; returns whether it was taken. now: ms. */
export async function take(who, now) {
  const isFree = (lock) => !lock || lock.until <= now || lock.until > now + LOCK_MS;
  return isFree(await act("readwrite", (store) => {
    const asked = store.get(LOCK);
    asked.onsuccess = () => {
      if (isFree(asked.result)) store.put({ who, until: now + LOCK_MS }, LOCK);
    };
    return asked;
  }));
}

/** Give the lock back. */
export const release = (who) => act("readwrite", (store) => {
  const asked = store.get(LOCK);
  asked.onsuccess = () => asked.result?.who === who && store.delete(LOCK);
  return asked;
});
