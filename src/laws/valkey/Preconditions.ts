/**
 * What every write of the operator names, so that it reaches what was meant or
 * nothing (architecture 2, `gungnir:8.3` 3).
 */
import type { Command } from "../../domain/Capability.ts"
import type { ApiRequest } from "../../domain/kube/Wire.ts"
import type { Exchange } from "../../domain/valkey/Wire.ts"
import { nameless } from "../kube/Preconditions.ts"

const destructive = new Set(["FLUSHALL", "FLUSHDB", "SHUTDOWN", "DEBUG", "CLUSTER"])

const ofExchange = ({ lines, runId }: Exchange): string | undefined => {
  if (runId === undefined) return "a write to no process in particular"
  const bad = lines.find(([word]) => destructive.has(String(word).toUpperCase()))
  return bad === undefined ? undefined : `${String(bad[0])} destroys data`
}

/** Undefined: it may be sent. */
export const unconditional = (command: Command): string | undefined => {
  if (command.access === "read") return undefined
  const wire = command.encode() as ApiRequest | Exchange
  return "verb" in wire ? nameless(wire) : ofExchange(wire)
}
