/** Kubernetes and etcd, built from the pinned modules beside this file. */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { cacheFolder, versions } from "../../src/local/Servers.ts"
import * as Debian from "./Debian.ts"
import { run, step, Stop } from "./Progress.ts"

interface Go {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
}

/** Go of this system's packages, unpacked into the cache; from 1.21 on it fetches the release that a module asks for. */
const unpacked = (): Go | undefined => {
  const lib = join(cacheFolder(process.env), "go/usr/lib")
  const folder = existsSync(lib) ? readdirSync(lib).find((name) => /^go-\d/.test(name)) : undefined
  return folder === undefined ? undefined : { command: join(lib, folder, "bin/go"), env: { GOTOOLCHAIN: "auto" } }
}

/** Whether it starts, and is or fetches the release that the module asks for. */
const isFit = ({ command, env }: Go, module: string): boolean => {
  const cwd = join(import.meta.dirname, module)
  return spawnSync(command, ["list", "-m"], { cwd, env: { ...process.env, ...env } }).status === 0
}

const findGo = (module: string): Go | undefined =>
  [{ command: "go", env: {} }, unpacked()].find((go): go is Go => go !== undefined && isFit(go, module))

const obtainGo = async (module: string): Promise<Go> => {
  const found = findGo(module)
  if (found !== undefined) return found
  if (Debian.isDebian()) {
    const cache = cacheFolder(process.env)
    await step("Go: packages of this system, unpacked into the cache (20 s, 300 MB)", () =>
      Debian.unpack(["^golang-1\\.[0-9]+-go$", "^golang-1\\.[0-9]+-src$"], join(cache, "go"), join(cache, "log/go.log"))
    )
  }
  const fit = findGo(module)
  if (fit !== undefined) return fit
  throw new Stop(
    `no ${module}, and no Go to build it with: install Go 1.26 or newer, or set GUNGNIR_KUBERNETES to a folder ` +
      `with kube-apiserver, kube-controller-manager, kubectl and etcd of Kubernetes ${versions.kubernetes.slice(0, 4)}`
  )
}

const build = async (module: string, target: string, log: string, args: ReadonlyArray<string>): Promise<void> => {
  const go = await obtainGo(module)
  const part = `${target}.part`
  const cwd = join(import.meta.dirname, module)
  const flags = ["build", "-trimpath", "-buildvcs=false", "-o", part, ...args]
  await run(go.command, flags, { cwd, env: { ...go.env, CGO_ENABLED: "0" }, log })
  renameSync(part, target)
}

/** Three programs in one file, which looks at the name it is called by. */
export const kubernetes = async (): Promise<void> => {
  const version = versions.kubernetes
  const cache = cacheFolder(process.env)
  const folder = join(cache, `kubernetes-${version}`)
  mkdirSync(folder, { recursive: true })
  const stamp = "k8s.io/component-base/version"
  const [major, minor] = version.split(".")
  const linked = `-s -w -X ${stamp}.gitVersion=v${version} -X ${stamp}.gitMajor=${major} -X ${stamp}.gitMinor=${minor}`
  await step(`Kubernetes ${version}: Go build (15 s with warm Go caches, 4 to 6 min with empty ones)`, () =>
    build("kubernetes", join(folder, "gungnir-kubernetes"), join(cache, "log/kubernetes.log"), [
      "-ldflags",
      linked,
      "."
    ])
  )
  for (const name of ["kube-apiserver", "kube-controller-manager", "kubectl"]) {
    rmSync(join(folder, name), { force: true })
    symlinkSync("gungnir-kubernetes", join(folder, name))
  }
}

export const etcd = async (): Promise<void> => {
  const cache = cacheFolder(process.env)
  const folder = join(cache, `etcd-${versions.etcd}`)
  mkdirSync(folder, { recursive: true })
  await step(`etcd ${versions.etcd}: Go build (3 s with warm Go caches, 1 min with empty ones)`, () =>
    build("etcd", join(folder, "etcd"), join(cache, "log/etcd.log"), ["-ldflags", "-s -w", "go.etcd.io/etcd/server/v3"])
  )
}
