/** valkey-server, from the system's packages. */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { cacheFolder, find, oldestValkey, valkeyRoot, versionOf } from "../../src/local/Servers.ts"
import * as Debian from "./Debian.ts"
import { step, Stop } from "./Progress.ts"

export const valkey = async (): Promise<void> => {
  if (!Debian.isDebian()) {
    throw new Stop(
      `no valkey-server >= ${oldestValkey}: install it (package "valkey" of your system) or set GUNGNIR_VALKEY_SERVER to the program`
    )
  }
  const root = valkeyRoot(process.env)
  const log = join(cacheFolder(process.env), "log/valkey.log")
  await step("valkey-server: packages of this system, unpacked into the cache (3 s)", () =>
    Debian.unpack(["valkey-server", "valkey-tools"], root, log)
  )
  const found = find("valkey-server")
  const version = found === undefined ? undefined : versionOf(found)
  if (version === undefined || version.localeCompare(oldestValkey, "en", { numeric: true }) < 0) {
    rmSync(root, { recursive: true, force: true })
    throw new Stop(
      `the packages of this system give valkey-server ${version ?? "that does not start"}, not ${oldestValkey} or newer: set GUNGNIR_VALKEY_SERVER to the program (log: ${log})`
    )
  }
}
