/**
 * Programs from the packages of this Debian or Ubuntu, unpacked into the cache:
 * no root, no maintainer scripts, nothing installed. The archives are those
 * that the system's own apt configuration names.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run, Stop } from "./Progress.ts"

/** Whether packages can be had this way at all. */
export const isDebian = (): boolean => existsSync("/usr/bin/apt-get") && existsSync("/usr/bin/dpkg-deb")

interface Apt {
  readonly options: ReadonlyArray<string>
  readonly folder: string
  readonly log: string
}

const codename = (): string => /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? ""

/** One line per archive and suite of the system, and the backports of the main one. */
const sources = async (log: string): Promise<string> => {
  const format = "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)\t$(SIGNED_BY)"
  const printed = await run("apt-get", ["indextargets", "--format", format, "Identifier: Packages"], { log })
  const rows = printed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"))
  const keyring = ["debian", "ubuntu"].map((name) => `/usr/share/keyrings/${name}-archive-keyring.gpg`).find(existsSync)
  const line = (uri: string, suite: string, component: string) =>
    `deb ${keyring === undefined ? "" : `[signed-by=${keyring}] `}${uri} ${suite} ${component}`
  const release = codename()
  const backports = rows
    .filter(([, suite]) => suite === release)
    .map(([uri, , component]) => line(uri!, `${release}-backports`, component!))
  return [...new Set([...rows.map(([uri, suite, component]) => line(uri!, suite!, component!)), ...backports])].join(
    "\n"
  )
}

/** An apt with lists, state and downloads of its own. */
const prepare = async (folder: string, log: string): Promise<Apt> => {
  for (const name of ["lists/partial", "cache/archives/partial", "deb"]) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  writeFileSync(join(folder, "status"), "")
  writeFileSync(join(folder, "sources.list"), `${await sources(log)}\n`)
  const settings = {
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "Dir::State::lists": join(folder, "lists"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "Acquire::Languages": "none",
    "APT::Sandbox::User": ""
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])
  // A suite that does not exist (Ubuntu's security archive has no backports) is passed over.
  await run("apt-get", [...options, "-qq", "update"], { log })
  return { options, folder, log }
}

/** The newest version of a package that any of the archives has. */
const newest = async ({ options, log }: Apt, name: string): Promise<string | undefined> =>
  (await run("apt-cache", [...options, "madison", name], { log })).split("\n")[0]?.split("|")[1]?.trim()

/** The package with the highest number in its name among those that match. */
const latest = async ({ options, log }: Apt, pattern: string): Promise<string> => {
  const printed = await run("apt-cache", [...options, "search", "--names-only", pattern], { log })
  const names = printed
    .split("\n")
    .map((line) => line.split(" ")[0]!)
    .filter((name) => name !== "")
  const found = names.toSorted((left, right) => left.localeCompare(right, "en", { numeric: true })).at(-1)
  if (found === undefined) throw new Stop(`the archives of this system have no package ${pattern}`)
  return found
}

/** The packages and the libraries they need, but for the C library, which must be the system's. */
const withLibraries = async ({ options, log }: Apt, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const all = new Set(names)
  for (let fresh: ReadonlyArray<string> = names; fresh.length > 0;) {
    const printed = await run("apt-cache", [...options, "depends", "--important", ...fresh], { log })
    const needed = [...printed.matchAll(/^ +(?:Pre)?Depends: (lib[\w.+-]+)$/gm)].map(([, name]) => name!)
    fresh = [...new Set(needed)].filter((name) => !all.has(name) && !/^libc6|^libcrypt1$/.test(name))
    for (const name of fresh) all.add(name)
  }
  return [...all]
}

/**
 * Unpacks the newest versions of packages and their libraries into `root`;
 * nothing is left of it on failure. One that begins with `^` is a pattern.
 */
export const unpack = async (wanted: ReadonlyArray<string>, root: string, log: string): Promise<void> => {
  const folder = `${root}.part`
  rmSync(folder, { recursive: true, force: true })
  const apt = await prepare(folder, log)
  const names = await Promise.all(wanted.map((name) => (name.startsWith("^") ? latest(apt, name) : name)))
  const versioned = await Promise.all(
    names.map(async (name) => {
      const version = await newest(apt, name)
      return version === undefined ? name : `${name}=${version}`
    })
  )
  const libraries = (await withLibraries(apt, names)).filter((name) => !names.includes(name))
  const cwd = join(folder, "deb")
  await run("apt-get", [...apt.options, "-qq", "download", ...versioned, ...libraries], { cwd, log })
  for (const file of readdirSync(cwd)) {
    await run("dpkg-deb", ["-x", join(cwd, file), join(folder, "root")], { log })
  }
  rmSync(root, { recursive: true, force: true })
  renameSync(join(folder, "root"), root)
  rmSync(folder, { recursive: true, force: true })
}
