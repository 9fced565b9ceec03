/**
 * Where the real servers are on this machine: environment variable, PATH, then
 * the cache folder. Looks only; `scripts/servers.ts` is what obtains them.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, join } from "node:path"

export type Program = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kubectl" | "valkey-cli" | "valkey-server"

/** How to start a program: the file, and what must be added to the environment (libraries of unpacked packages). */
export interface Found {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  /** Where it came from, for people. */
  readonly from: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The versions that `scripts/servers.ts` obtains; a test compares them with the pinned Go modules. */
export const versions = { kubernetes: "1.34.4", etcd: "3.6.16" } as const

/** The oldest Valkey that the operator supports. */
export const oldestValkey = "8.0"

export const cacheFolder = (environment: Environment): string =>
  environment["GUNGNIR_CACHE"] || join(environment["HOME"] || homedir(), ".cache", "gungnir")

/** Folder of the cache that holds the unpacked Valkey packages. */
export const valkeyRoot = (environment: Environment): string => join(cacheFolder(environment), "valkey")

const isProgram = (path: string): boolean => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && stat.isFile() && (stat.mode & 0o111) !== 0
}

const plain = (command: string, from: string): Found | undefined =>
  isProgram(command) ? { command, env: {}, from } : undefined

const inFolderOf = (variable: string, program: string, environment: Environment): Found | undefined => {
  const folder = environment[variable]
  return folder ? plain(join(folder, program), variable) : undefined
}

const onPath = (program: string, environment: Environment): Found | undefined =>
  (environment["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => plain(join(folder, program), "PATH"))
    .find((found) => found !== undefined)

const cachedIn = (folder: string, program: string, environment: Environment): Found | undefined =>
  plain(join(cacheFolder(environment), folder, program), "cache")

/** Version as the program prints it, for example `8.0.1`; undefined when it does not start. */
export const versionOf = (found: Found): string | undefined => {
  const { status, stdout } = spawnSync(found.command, ["--version"], {
    encoding: "utf8",
    env: { ...process.env, ...found.env }
  })
  return status === 0 ? /\bv?=?(\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined
}

const isRecent = (found: Found | undefined): boolean =>
  found !== undefined && (versionOf(found) ?? "0").localeCompare(oldestValkey, "en", { numeric: true }) >= 0

/** Every library folder of an unpacked root: Debian puts them below the machine's triplet. */
const libraryFolders = (root: string): ReadonlyArray<string> =>
  ["usr/lib", "lib"]
    .map((folder) => join(root, folder))
    .filter(existsSync)
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith("-linux-gnu") || name.endsWith("-linux-gnueabihf"))
        .map((name) => join(folder, name))
    )

const valkey = (program: "valkey-cli" | "valkey-server", environment: Environment): Found | undefined => {
  const chosen = environment["GUNGNIR_VALKEY_SERVER"]
  if (chosen) {
    const beside = program === "valkey-server" ? chosen : join(chosen, "..", program)
    return plain(beside, "GUNGNIR_VALKEY_SERVER")
  }
  // An older one on PATH (Ubuntu 24.04 has 7.2) is passed over; both programs come from one place.
  const server = onPath("valkey-server", environment)
  if (isRecent(server)) return program === "valkey-server" ? server : onPath(program, environment)
  const root = valkeyRoot(environment)
  const command = join(root, "usr/bin", program)
  return isProgram(command)
    ? { command, env: { LD_LIBRARY_PATH: libraryFolders(root).join(":") }, from: "cache" }
    : undefined
}

const kubernetes = (program: Program, environment: Environment): Found | undefined =>
  inFolderOf("GUNGNIR_KUBERNETES", program, environment) ??
  inFolderOf("KUBEBUILDER_ASSETS", program, environment) ??
  onPath(program, environment) ??
  cachedIn(`kubernetes-${versions.kubernetes}`, program, environment)

/** kubectl beside the API server is of its version; the one on PATH may be any. */
const kubectl = (environment: Environment): Found | undefined => {
  const server = kubernetes("kube-apiserver", environment)
  const beside = server === undefined ? undefined : plain(join(server.command, "..", "kubectl"), server.from)
  return beside ?? onPath("kubectl", environment)
}

/** The first hit in the order of the header; undefined when the machine does not have it. */
export const find = (program: Program, environment: Environment = process.env): Found | undefined => {
  switch (program) {
    case "valkey-cli":
    case "valkey-server":
      return valkey(program, environment)
    case "kubectl":
      return kubectl(environment)
    case "etcd":
      return (
        inFolderOf("GUNGNIR_KUBERNETES", program, environment) ??
        inFolderOf("KUBEBUILDER_ASSETS", program, environment) ??
        onPath(program, environment) ??
        cachedIn(`etcd-${versions.etcd}`, program, environment)
      )
    default:
      return kubernetes(program, environment)
  }
}

/** One line for people: what is missing, the variable that names it and the command that gets it. */
export const missing = (program: Program): string =>
  program.startsWith("valkey")
    ? `no ${program} >= ${oldestValkey} found: set GUNGNIR_VALKEY_SERVER to the program, or run: npm run servers`
    : `no ${program} found: set GUNGNIR_KUBERNETES to the folder that holds it, or run: npm run servers`
