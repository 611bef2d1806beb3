import { ServiceProcess } from './service.process.js';
import type { ProcessStart } from './service.process.js';

/** A real API: a process of its own, on a port that it finds. */
export class ApiProcess extends ServiceProcess {
  private key = '';

  /** Starts it and returns at once: ask `ready()`, or await its end. */
  static start(
    environment: Record<string, string>,
    logFile: string,
    { livesLong }: Pick<ProcessStart, 'livesLong'> = {},
  ): ApiProcess {
    const api = new ApiProcess({ main: 'dist/apps/api/src/main.js', environment, logFile, livesLong });
    api.key = environment.API_KEY ?? '';
    return api;
  }

  /** Where it answers, once it is ready. */
  get url(): string {
    return /"message":"Ready on ([^"]+)"/.exec(this.log())?.[1] ?? '';
  }

  call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.authorization(), 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.key}` };
  }
}
