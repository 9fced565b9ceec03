/**
 * A folder below the temporary one for as long as this process lives. One that
 * is killed outright cannot remove its own, so each start removes those of
 * processes that are gone, where the kernel can tell that they are.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Undefined: there is none, or it is not ours to read. */
const attempt = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** When a process began, in ticks since the machine did: with its id a name that no other process of that machine has. */
const beganAt = (pid: number | "self"): string | undefined =>
  attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
    // The name of the program may hold anything, a bracket too.
    ?.replace(/^.*\) /s, "")
    .split(" ")[19]

/** Process ids mean something only there: one boot of one machine, one namespace. Undefined: this system does not tell. */
const place = attempt(
  () => `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`
)

const ownerFile = "owner"

const ownerOf = (folder: string): ReadonlyArray<string> =>
  attempt(() => readFileSync(join(folder, ownerFile), "utf8"))?.split("\n") ?? []

/** A folder that a process of this user made, here, and that process is gone. */
const isLeft = (folder: string): boolean => {
  const found = attempt(() => lstatSync(folder))
  const [pid = "", began, where] = ownerOf(folder)
  const isOurs = found?.isDirectory() === true && found.uid === process.getuid?.()
  return isOurs && /^\d+$/.test(pid) && where !== undefined && where === place && beganAt(Number(pid)) !== began
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })

/** Removes what processes have left that are gone. What cannot be removed stays. */
export const sweep = (prefix: string): Effect.Effect<void> =>
  Effect.sync(() => {
    for (const name of attempt(() => readdirSync(tmpdir())) ?? []) {
      const folder = join(tmpdir(), name)
      if (name.startsWith(prefix) && isLeft(folder)) attempt(() => remove(folder))
    }
  })

/** A new one, removed with all that is in it when the scope closes or this process ends. */
export const make = (prefix: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), prefix))
      const began = beganAt("self")
      const owner = began === undefined || place === undefined ? [] : [process.pid, began, place]
      if (owner.length > 0) writeFileSync(join(folder, ownerFile), owner.join("\n"))
      // Also when something ends the process that no scope hears of.
      const clear = () => remove(folder)
      process.once("exit", clear)
      return { folder, clear }
    }),
    ({ clear }) => Effect.sync(clear)
  ).pipe(Effect.map(({ folder }) => folder))
