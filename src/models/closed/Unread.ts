/**
 * What servers say and no decision reads, left out of their answers: a pass that
 * heard it is no other pass. A law holds each omission against the programs.
 */

/** Of INFO: how replicas are listed and how old links are. That `min_slaves_good_slaves` is there says that writes are guarded. */
const unread =
  /^(slave\d+|connected_slaves|replicas_waiting_psync|master_last_io_seconds_ago|master_link_down_since_seconds|slave_read_repl_offset|repl_backlog_(size|first_byte_offset|histlen)):/

const kept = (line: string): string => line.replace(/^(min_slaves_good_slaves):.*$/, "$1:0")

const isInfo = (text: string): boolean => text.includes("\r\nrun_id:") && text.includes("\r\nrole:")

const known = new Map<string, string>()
const mostKnown = 256

/** The text of an INFO without what nobody reads. A cache of a pure function. */
export const infoRead = (text: string): string => {
  const before = known.get(text)
  if (before !== undefined) return before
  if (known.size >= mostKnown) known.clear()
  const now = text
    .split("\r\n")
    .filter((line) => !unread.test(line))
    .map(kept)
    .join("\r\n")
  known.set(text, now)
  return now
}

/** An answer of a node, as far as programs read it. */
export const answerRead = (reply: unknown): unknown => {
  if (typeof reply === "string") return isInfo(reply) ? infoRead(reply) : reply
  return Array.isArray(reply) ? reply.map(answerRead) : reply
}
