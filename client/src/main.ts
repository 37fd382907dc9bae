// First of all: it takes away PixiJS's need for eval, which the content security policy forbids.
import 'pixi.js/unsafe-eval';
import { mount } from 'svelte';
import App from './App.svelte';
import './styles.css';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');
mount(App, { target });
