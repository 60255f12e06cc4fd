// Numbers and names of the pools' protocol. The page knows two numbers, to sign in and to ask for
// the list of all others; everything else is said by name.

export const LOGON = 100;
export const GET_OPCODES = 2;

const TEXT_OR_EXACT = /"(?:[^"\\]|\\.)*"|-?\d+\.\d+(?![\deE])|-?\d{16,}(?![\d.eE])/g;

/** Return a frame's value; fractions and long integers stay texts: a double would change them. */
export function parse(text) {
  return JSON.parse(text.replace(TEXT_OR_EXACT, (one) => (one[0] === '"' ? one : `"${one}"`)));
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
