/**
 * One client of an embedded node: bytes from its socket become command lines,
 * these go to the model one by one, and the replies go back in their order.
 */
import type { Socket } from "node:net"
import * as Resp3 from "../../domain/valkey/Resp3.ts"
import * as Parser from "../../domain/valkey/resp3/Parser.ts"
import type { Reply } from "../../domain/valkey/Wire.ts"
import type { Connection } from "../../models/valkey/Session.ts"
import * as Words from "./Words.ts"

type Line = ReadonlyArray<string>

/** What the server does for a client. */
export interface Host {
  readonly open: () => Connection
  /** A reply of `undefined`: the server ended. */
  readonly perform: (connection: Connection, line: Line) => readonly [Connection, Reply | undefined]
  /** Whether a line has to wait: writes do during CLIENT PAUSE. */
  readonly mustWait: (connection: Connection, line: Line) => boolean
  /** Ends all other clients, or those of a user; how many there were. */
  readonly endOthers: (user: string | undefined) => number
}

export interface Client {
  readonly user: () => string | undefined
  /** Goes on with lines that had to wait. */
  readonly proceed: () => void
  /** A frozen process reads nothing; what arrives meanwhile stays in the socket. */
  readonly freeze: () => void
  readonly thaw: () => void
  /** At once, as when the process is gone. */
  readonly end: () => void
}

/** More than a server takes by default (`client-query-buffer-limit`) is a mistake or an attack. */
const limits = { maxBytes: 64 * 1024 * 1024, maxDepth: 4 }

const isKillOfClients = ([name, verb, option, type]: Line): boolean =>
  name?.toUpperCase() === "CLIENT" &&
  verb?.toUpperCase() === "KILL" &&
  option?.toUpperCase() === "TYPE" &&
  type?.toLowerCase() === "normal"

const userIn = (line: Line): string | undefined => {
  const at = line.findIndex((word) => word.toUpperCase() === "USER")
  return at < 0 ? undefined : line[at + 1]
}

const errorText = (text: string): Resp3.Value => ({ _tag: "SimpleError", text })

/** A line without words is passed over, as a server does. */
const isNothing = (value: Resp3.Value): boolean => value === null || (Array.isArray(value) && value.length === 0)

export const serve = (socket: Socket, host: Host): Client => {
  let parser = Parser.make(limits)
  let connection = host.open()
  let protocol: Resp3.Protocol = 2
  let isOver = false
  const waiting: Array<Line> = []

  const say = (value: Resp3.Value): void => void socket.write(Resp3.encode(value, protocol))

  const over = (): void => {
    isOver = true
    waiting.length = 0
  }

  const close = (): void => {
    over()
    socket.destroySoon()
  }

  const answer = (line: Line, reply: Reply): void => {
    protocol = Words.protocolAfter(line, reply, protocol)
    // The model keeps no clients; they are those of this server.
    const counted = reply === 0 && isKillOfClients(line) ? host.endOthers(userIn(line)) : reply
    say(Words.valueOf(line, counted, protocol))
    if (line[0]?.toLowerCase() === "quit") close()
  }

  const perform = (line: Line): void => {
    const [after, reply] = host.perform(connection, line)
    connection = after
    if (reply !== undefined) answer(line, reply)
  }

  const proceed = (): void => {
    socket.cork()
    while (waiting.length > 0 && !host.mustWait(connection, waiting[0]!)) perform(waiting.shift()!)
    socket.uncork()
  }

  const take = (value: Resp3.Value): void => {
    const line = Resp3.commandOf(value)
    if (line !== undefined) waiting.push(line)
    else if (!isNothing(value) && !isOver) {
      proceed()
      say(errorText("ERR Protocol error: expected an array of bulk strings"))
      close()
    }
  }

  socket.setNoDelay(true)
  socket.on("data", (chunk) => {
    if (isOver) return
    const [next, values] = Parser.feed(parser, chunk)
    parser = next
    for (const value of values) take(value)
    proceed()
    if (isOver || parser.malformed === undefined) return
    say(errorText(`ERR Protocol error: ${parser.malformed.reason}`))
    close()
  })
  // Its end is all that an error of a client means here.
  socket.on("error", () => socket.destroy())
  socket.on("close", over)

  return {
    user: () => connection.user,
    proceed,
    freeze: () => void socket.pause(),
    thaw: () => void socket.resume(),
    end: () => {
      over()
      socket.destroy()
    }
  }
}
