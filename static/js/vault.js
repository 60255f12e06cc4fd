// Where the tokens of a sign-in lie: one record in IndexedDB, which all tabs see in one order. What
// one tab writes to localStorage another may see a moment later, which is too late for a token
// that works only once.

const NAME = "vphost";
const STORE = "sign-in";
const RECORD = "tokens";
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
