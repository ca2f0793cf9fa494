// What pages and notebooks draw with: the charts of viz, on a canvas.
import { use } from 'echarts/core';
import {
	BarChart, BoxplotChart, CustomChart, GraphChart, HeatmapChart, LineChart, PieChart, SankeyChart, ScatterChart, TreeChart, TreemapChart,
} from 'echarts/charts';
import {
	AriaComponent, DataZoomComponent, GraphicComponent, GridComponent, LegendComponent, MarkLineComponent, TitleComponent,
	ToolboxComponent, TooltipComponent, VisualMapComponent,
} from 'echarts/components';
import { LabelLayout } from 'echarts/features';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';

use([
	BarChart, BoxplotChart, CustomChart, GraphChart, HeatmapChart, LineChart, PieChart, SankeyChart, ScatterChart, TreeChart, TreemapChart,
	AriaComponent, DataZoomComponent, GraphicComponent, GridComponent, LegendComponent, MarkLineComponent, TitleComponent,
	ToolboxComponent, TooltipComponent, VisualMapComponent,
	LabelLayout, CanvasRenderer, SVGRenderer,
]);

export { getInstanceByDom, init, version } from 'echarts/core';
