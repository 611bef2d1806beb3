import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { CallBackLooks, CallBacks } from '#libs/notifications/index.js';
import type { SeenCallBack } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Actor, orProblem } from '../access/acting.js';
import * as answers from '../contract/call-backs.answers.js';
import { callBackAct, callBackBody, callBackPath, callBackReplay } from '../contract/call-backs.requests.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';
import { registerWords, replayWords, resumeWords } from './call-backs.words.js';

type Act = z.infer<typeof callBackAct>;

/** Who is called when something happens. */
@Controller('v1/call-backs')
@NeedsScope('operate')
export class CallBacksController {
  constructor(
    private readonly callBacks: CallBacks,
    private readonly looks: CallBackLooks,
  ) {}

  @Get()
  @Operation({
    summary: 'List who is called back',
    about: 'By name, with how far each is and what keeps it.',
    answers: { 200: answers.callBacks },
  })
  async list() {
    return { items: await this.looks.list() };
  }

  @Put(':name')
  @Operation({
    ...registerWords,
    takes: callBackBody,
    answers: { 200: answers.registeredCallBack, 201: answers.registeredCallBack },
    problems: problemsOfBody('conflict'),
  })
  async register(
    @Param('name', { schema: callBackPath }) name: string,
    @Body({ schema: callBackBody }) { url, kinds, reason }: z.infer<typeof callBackBody>,
    @Actor() actor: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const problem = this.callBacks.problemOf(url);
    if (problem !== undefined) throw Problem.invalid([{ pointer: '/url', detail: problem }]);
    const acting = { actor, reason: reason ?? 'its owner registered it' };
    const { secret } = await orProblem(this.callBacks.register(name, { url, kinds }, acting));
    response.status(secret === undefined ? 200 : 201);
    return { callBack: await this.find(name), ...(secret === undefined ? {} : { secret }) };
  }

  @Get(':name')
  @Operation({
    summary: 'See how a call-back stands',
    answers: { 200: answers.callBack },
    problems: ['invalid-request', 'not-found'],
  })
  show(@Param('name', { schema: callBackPath }) name: string) {
    return this.find(name);
  }

  @Get(':name/asides')
  @Operation({
    summary: 'List what it was put on without',
    about: 'What was given up comes first. A hundred at most.',
    answers: { 200: answers.asides },
    problems: ['invalid-request', 'not-found'],
  })
  async asides(@Param('name', { schema: callBackPath }) name: string) {
    await this.find(name);
    return { items: await this.looks.asides(name) };
  }

  @Delete(':name')
  @HttpCode(200)
  @Operation({
    summary: 'Call nobody there any more',
    about: 'How far it was is forgotten, and what was put aside. It is answered as it was.',
    takes: callBackAct,
    answers: { 200: answers.callBack },
    problems: problemsOfBody('not-found'),
  })
  async remove(
    @Param('name', { schema: callBackPath }) name: string,
    @Body({ schema: callBackAct }) { reason }: Act,
    @Actor() actor: string,
  ) {
    const known = await this.find(name);
    await orProblem(this.callBacks.remove(name, { actor, reason }));
    return known;
  }

  @Post(':name/secret')
  @HttpCode(200)
  @Operation({
    summary: 'Give it another secret',
    about: 'For a day calls are signed with both, so that you can move without missing one.',
    takes: callBackAct,
    answers: { 200: answers.rotatedSecret },
    problems: problemsOfBody('not-found'),
  })
  rotate(
    @Param('name', { schema: callBackPath }) name: string,
    @Body({ schema: callBackAct }) { reason }: Act,
    @Actor() actor: string,
  ) {
    return orProblem(this.callBacks.rotate(name, { actor, reason }));
  }

  @Post(':name/resume')
  @HttpCode(200)
  @Operation({
    ...resumeWords,
    takes: callBackAct,
    answers: { 200: answers.resumedCallBack },
    problems: problemsOfBody('not-found'),
  })
  async resume(
    @Param('name', { schema: callBackPath }) name: string,
    @Body({ schema: callBackAct }) { reason }: Act,
    @Actor() actor: string,
  ) {
    const again = await orProblem(this.callBacks.resume(name, { actor, reason }));
    return { callBack: await this.find(name), again };
  }

  @Post(':name/replay')
  @HttpCode(200)
  @Operation({
    ...replayWords,
    takes: callBackReplay,
    answers: { 200: answers.callBack },
    problems: problemsOfBody('not-found', 'conflict'),
  })
  async replay(
    @Param('name', { schema: callBackPath }) name: string,
    @Body({ schema: callBackReplay }) { after, reason }: z.infer<typeof callBackReplay>,
    @Actor() actor: string,
  ) {
    await orProblem(this.callBacks.replay(name, after, { actor, reason }));
    return this.find(name);
  }

  /** @throws Problem */
  private async find(name: string): Promise<SeenCallBack> {
    const found = await this.looks.find(name);
    if (!found) throw Problem.notFound('There is no call-back of this name.');
    return found;
  }
}
