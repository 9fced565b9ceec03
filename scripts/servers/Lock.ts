/** One run at a time fills the cache folder. */
import { mkdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { say } from "./Progress.ts"

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

const take = (path: string): boolean => {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" })
    return true
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false
    throw error
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

/** The holder touches the file every 10 s, so an old one was left by a run that was killed. */
const isLeftOver = (path: string): boolean => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return false
  return Date.now() - stat.mtimeMs > 60_000 || !isAlive(Number(readFileSync(path, "utf8")))
}

/** Runs `work` while no other process does so for the same folder. */
export const locked = async <A>(folder: string, work: () => Promise<A>): Promise<A> => {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, ".servers.lock")
  for (let waited = false; !take(path); waited = true) {
    if (!waited) say(`another run is filling ${folder}: waiting for it`)
    if (isLeftOver(path)) unlinkSync(path)
    else await sleep(200)
  }
  const touch = setInterval(() => utimesSync(path, new Date(), new Date()), 10_000)
  try {
    return await work()
  } finally {
    clearInterval(touch)
    unlinkSync(path)
  }
}
