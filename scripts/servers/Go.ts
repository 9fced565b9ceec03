/** Kubernetes and etcd, built from the pinned modules beside this file. */
import { spawnSync } from "node:child_process"
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { cacheFolder, versions } from "../../src/local/Servers.ts"
import { run, step, Stop } from "./Progress.ts"

const needGo = (what: string): void => {
  if (spawnSync("go", ["version"]).status === 0) return
  throw new Stop(
    `no ${what}, and no Go to build it with: install Go 1.24 or newer, or set GUNGNIR_KUBERNETES to a folder ` +
      `with kube-apiserver, kube-controller-manager, kubectl and etcd of Kubernetes ${versions.kubernetes.slice(0, 4)}`
  )
}

const build = async (module: string, target: string, log: string, args: ReadonlyArray<string>): Promise<void> => {
  const part = `${target}.part`
  const cwd = join(import.meta.dirname, module)
  const flags = ["build", "-trimpath", "-buildvcs=false", "-o", part, ...args]
  await run("go", flags, { cwd, env: { CGO_ENABLED: "0" }, log })
  renameSync(part, target)
}

/** Three programs in one file, which looks at the name it is called by. */
export const kubernetes = async (): Promise<void> => {
  const version = versions.kubernetes
  needGo("Kubernetes")
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
  needGo("etcd")
  const cache = cacheFolder(process.env)
  const folder = join(cache, `etcd-${versions.etcd}`)
  mkdirSync(folder, { recursive: true })
  await step(`etcd ${versions.etcd}: Go build (3 s with warm Go caches, 1 min with empty ones)`, () =>
    build("etcd", join(folder, "etcd"), join(cache, "log/etcd.log"), ["-ldflags", "-s -w", "go.etcd.io/etcd/server/v3"])
  )
}
