import { Channel, listChannels } from './servers/slack';
import { nope } from './servers/slack/nope';
import axios from 'axios';
import type { z } from 'zod';
import { type A, type B } from './types';
import './effects';
const first: Channel = (await listChannels())[0];
return first;
