// Numbers and names of the pools' protocol. The page knows two numbers, to sign in and to ask for
// the list of all others; everything else is said by name.

export const LOGON = 100;
export const GET_OPCODES = 2;

/** Return a frame's value; numbers that a double would change stay texts. */
export function parse(text) {
  return JSON.parse(text, (key, value, context) => (
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source
      ? context.source : value));
}

export class Numbers {
  constructor() {
    this.ops = { logon: LOGON, get_opcodes: GET_OPCODES };
    this.names = {
      2: "opcodes", 100: "logon_success", 110: "logon_fail", 112: "already_logged_on", 666: "error",
    };
  }

  /** Take the answer to `get_opcodes`. */
  learn({ opcodes, response_codes: codes }) {
    this.ops = { ...opcodes };
    this.names = Object.fromEntries(Object.entries(codes).map(([name, code]) => [code, name]));
  }

  /** Return a message for the reducer: the frame with its response's name as `name`. */
  named(frame) {
    return { ...frame, name: this.names[frame.res] ?? "unknown" };
  }
}
