import { mount } from 'svelte';

import './tokens.css';
import Welcome from './views/Welcome.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element with the id "app"');

export default mount(Welcome, { target });
