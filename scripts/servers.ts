/**
 * Finds the real servers that the tests run against, or obtains them into the
 * cache folder: `npm run servers`, and by itself before `npm test`.
 */
import { cacheFolder, find, type Program, versionOf } from "../src/local/Servers.ts"
import { etcd, kubernetes } from "./servers/Go.ts"
import { locked } from "./servers/Lock.ts"
import { say, Stop } from "./servers/Progress.ts"
import { valkey } from "./servers/Valkey.ts"

const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number)
  return major > 22 || (major === 22 && minor >= 19)
}

const wanted: ReadonlyArray<readonly [() => Promise<void>, ReadonlyArray<Program>]> = [
  [valkey, ["valkey-server", "valkey-cli"]],
  [etcd, ["etcd"]],
  [kubernetes, ["kube-apiserver", "kube-controller-manager", "kubectl"]]
]

const isMissing = (programs: ReadonlyArray<Program>): boolean => programs.some((program) => find(program) === undefined)

const main = async (): Promise<void> => {
  if (!isNewEnough(process.version)) {
    throw new Stop(
      `Node ${process.version} is too old, 22.19 or newer is needed: run through npm after "npm ci", or "npm rebuild node"`
    )
  }
  if (wanted.some(([, programs]) => isMissing(programs))) {
    await locked(cacheFolder(process.env), async () => {
      for (const [obtain, programs] of wanted) if (isMissing(programs)) await obtain()
    })
  }
  for (const [, programs] of wanted) {
    for (const program of programs) {
      const found = find(program)
      // kubectl has no --version; it is the file that kube-apiserver is in, or of the user's choice.
      const version = found === undefined || program === "kubectl" ? "" : ` ${versionOf(found) ?? "(does not start)"}`
      say(`${program}${version}: ${found?.command} (${found?.from})`)
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(
    `servers: ${error instanceof Stop ? error.message : String(error instanceof Error ? error.stack : error)}\n`
  )
  process.exitCode = 1
})
